// Package workloads makes the requests that a simulation serves: readers of trace files, synthetic
// generators, arrival processes and length distributions. It knows nothing of models or GPUs.
//
// Everything here is a Source: a stream of requests in order of arrival, read as it is needed, so that a
// trace of any length takes constant memory. One trace format is one file of this package.
package workloads

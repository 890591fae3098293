// Package sim is the discrete-event engine: it joins a workload, a scheduling policy, the cache's memory and the cost of
// a step into a simulated replica, and reports what serving the workload gave. It reads no files and knows no flags.
package sim

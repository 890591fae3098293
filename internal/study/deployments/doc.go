// Package deployments measures deployments with the simulator: what a model on given hardware holds, how fast
// it answers at a batch and a context, and which batch a claimed throughput needs. A Bench runs scenarios and
// remembers their results; the reproduction of the article and the comparison of architectures are both made
// of its measurements.
package deployments

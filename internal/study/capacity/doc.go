// Package capacity searches for the edge of what a scenario can serve within limits on its latencies: the
// largest load of given hardware, or the fewest GPUs or replicas for a given load.
package capacity

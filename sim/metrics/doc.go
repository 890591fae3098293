// Package metrics holds the streaming aggregates that a simulation reports: sketches of latencies, levels
// weighted by time, and time series. Every one of them is bounded in memory, whatever the length of the
// run, and every count is an integer, so that merging shards gives the same result in any order.
package metrics

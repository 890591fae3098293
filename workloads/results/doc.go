// Package results reads what benchmarks and traces of servers wrote of a run: when requests were sent, how
// long they were, how long they took, and what the run was told to do. One format is one file of this
// package. It does not know what is done with a result.
package results

// Package compare studies a set of architectures on a set of devices under one workload: what each needs to
// run at all, what it does under the same load, in the same memory and under the same latency limits, where
// one overtakes another, and which field of its architecture moves its speed most. Everything is simulated;
// nothing is drawn here.
package compare

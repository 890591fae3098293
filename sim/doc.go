// Package sim is the discrete-event engine's face: Run joins a workload, a scheduling policy, the cache's
// memory and the cost of a step into simulated replicas, and reports what serving the workload gave. It reads
// no files and knows no flags.
//
// The engine's rooms, each of which imports only those after it: internal/fleet (events in one order,
// routing, the front end), internal/replica (ranks, queues, sequences, what is recorded), internal/decode
// (decoding sequences as a whole, flights), and contract, which all share. internal/summary makes the result.
package sim

// Package replica is one copy of the served model: data-parallel ranks whose steps begin and end together,
// each with its queue, its running sequences, its pool of cache blocks and its policy, which sees it as a
// sched.Rank; and what all of that records. Its fleet tells it which requests arrive and when its steps are
// over; it knows of no other replica.
//
// A replica plans a flight of steps (cruise.go), carries it out when it lands (rank.go), and records it
// (record.go, account.go).
package replica

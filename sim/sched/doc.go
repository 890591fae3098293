// Package sched holds the scheduling policies of serving engines: who runs in the next step. Time reaches
// it only as a value, and it records no metrics. One policy is one file, and where an engine's rules are
// many, one file more. Which rules changed between versions says Rules.
package sched

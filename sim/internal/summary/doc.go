// Package summary turns what the replicas of a finished run recorded into the run's result. It is called
// once, after time has stopped.
package summary

// Package cluster writes what runs a sweep on many machines: a script that submits a Slurm job array, or the
// manifest of a Kubernetes Indexed Job, each followed by a merge. All shards share a folder, in which each
// case is a file of its own; so whatever was lost is submitted again, and only what is missing is computed.
// It starts nothing, and of a sweep it knows command lines alone.
package cluster

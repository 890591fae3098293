// Package kv holds what fits where: the laws by which engines divide a GPU's memory (vllmlaw.go,
// sglanglaw.go, trtllmlaw.go) and their terms, weights as engines hold them, the pool of cache blocks that
// sequences share, and the prefix cache. It knows nothing of time.
package kv

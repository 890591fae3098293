// Package kv holds what fits where: weights, workspace and cache blocks in a GPU's memory, the pool of cache
// blocks that sequences share, and the prefix cache. It knows nothing of time.
package kv

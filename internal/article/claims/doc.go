// Package claims holds what the article asserts, as data: one TOML file for each of its sections, with the
// section's tables whole and every quantitative claim with its place, its figure as the article writes it,
// the formula by which roofserve computes it, and the verdict that the numbers must give. The package reads
// the files, reads and writes figures as the article does, and judges; it computes nothing about models or
// GPUs itself.
package claims

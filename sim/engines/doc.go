// Package engines is the catalogue of serving engines: which policy each runs, what its defaults are on a
// given GPU, how much memory it keeps for itself, and how long it takes around its kernels. One engine is one
// TOML file.
package engines

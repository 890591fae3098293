// Package hash makes numbers of names and spreads numbers, the same on every machine. It knows nothing of
// what they stand for.
package hash

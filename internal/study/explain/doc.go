// Package explain opens one engine step up: what every operator computes and moves, what bounds it and how
// long it takes, for one architecture or several side by side, and how the balance of a mixture's router
// moves the time of its experts. It computes; package report draws.
//
// A step is described, not simulated: memory that would not hold it is reported and does not stop it.
package explain

// Package contract is what a simulation is given and what it gives: Config and Result, with the parts of
// them. All rooms of the engine share it; package sim repeats its names for those who call the engine. It
// computes nothing.
package contract

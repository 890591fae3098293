// Package diff holds two outcomes of the program against each other: what moved, by how much, whether that is
// more than what the intervals leave open, what was set otherwise, and which parts of a step took the time.
// It knows results as their JSON objects tell them; it simulates nothing, and how files are read and tables
// are drawn is not its business.
package diff

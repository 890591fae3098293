// Package article reproduces or refutes an article on how Chinese frontier models are served. Its claims are
// data (package claims); this package computes the quantities that their formulas name, judges each claim by
// its numbers, and writes the result as pages, plots and the CSV files that they were drawn from.
package article

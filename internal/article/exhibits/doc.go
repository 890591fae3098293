// Package exhibits is the evidence beside the article's claims: studies that the simulator runs for a section
// of the article, each with a table, a figure or both. One exhibit is one file.
package exhibits

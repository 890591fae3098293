// Package pages writes the judged article as Markdown: an index with a line for every claim, a page for each
// section, and the exhibits' figures beside the CSV files that they were drawn from. The same input gives the
// same bytes.
package pages

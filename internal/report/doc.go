// Package report draws results: the JSON object, the terminal summary, CSV files and plots. It does not know
// how results came about.
package report

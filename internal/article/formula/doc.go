// Package formula evaluates the arithmetic that a claims file is written in: numbers, strings, + − * /,
// parentheses, names and calls of a table of functions, in Go's own syntax and read by Go's own parser.
package formula

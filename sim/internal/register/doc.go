// Package register keeps something for each of the requests that are under way, by their numbers. It knows
// nothing of what.
package register

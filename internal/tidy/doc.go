// Package tidy holds the house rules that a reader relies on, as tests of its source: which floor each
// package stands on and that imports only go down, that every package says what it knows, and how long files,
// functions and lines may be. It has tests only.
package tidy

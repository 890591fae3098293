// Package launch translates between the command line that starts a serving engine and a scenario. It knows
// the engines' flags, which are data, and the keys of scenarios that they stand for; it starts nothing.
package launch

// Package fault is how roofserve says what is wrong with a user's input: which file, which line, which key,
// what is wrong there and what would be right.
package fault

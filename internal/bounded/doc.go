// Package bounded opens what users name as input, and reads it no further than a bound: whatever a path leads
// to, no memory is filled and nothing waits for ever. It alone asks the machine for what scenarios
// name; in the machine's stead a program may hand in a file system.
package bounded

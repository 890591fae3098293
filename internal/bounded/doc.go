// Package bounded opens what users name as input, and reads it no further than a bound: whatever a path leads
// to, no memory is filled and nothing waits for ever.
package bounded

// Package faulttest holds readers of users' input to what they promise, whatever the input: the same answer
// twice, in bounded memory, and errors that are faults.
package faulttest

// Package atomicfile writes files whole or not at all: content goes to a temporary file in the same folder,
// which takes the final name only once everything is written. An interrupted run leaves no half-written
// result behind, and what a killed one left is removed by the next that writes into the folder. Symbolic
// links are written through; pipes and devices are written in place, and a named pipe that nobody reads is an
// error instead of a wait.
package atomicfile

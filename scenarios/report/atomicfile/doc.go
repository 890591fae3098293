// Package atomicfile writes files whole or not at all: content goes to a temporary file in the same folder, which takes
// the final name only once everything is written. An interrupted run leaves no half-written result behind.
package atomicfile

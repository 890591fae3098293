// Package portable computes exp, log and pow with the same bits on every machine. Those of the standard
// library are written in assembly on some architectures, and on others the compiler may fuse x*y+z into one
// rounding; here every product is rounded by an explicit conversion, which forbids fusing.
package portable

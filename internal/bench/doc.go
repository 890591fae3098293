// Package bench measures how fast the simulator itself is: standard loads in user CPU time, and beside it the
// time of a fixed loop, so that figures of different machines can be compared.
package bench

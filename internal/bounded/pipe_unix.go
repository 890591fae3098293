//go:build unix

package bounded

import "syscall"

// withoutWaiting opens a pipe whether or not it has a writer.
const withoutWaiting = syscall.O_NONBLOCK

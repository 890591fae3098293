// Roofserve predicts what serving a language model would give: latencies, throughput and concurrency of a
// request trace, from the model's architecture and the GPU's data sheet. Run it without arguments for its
// verbs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/roofserve/roofserve/internal/atomicfile"
)

func main() {
	heard := make(chan os.Signal, 2)
	signal.Notify(heard, endings()...)
	signal.Ignore(syscall.SIGPIPE) // a write to a pipe that lost its reader is an error, which is told
	ctx, cancel := context.WithCancel(context.Background())
	status := make(chan int, 1)
	go func() { status <- run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:]) }()
	os.Exit(attend(status, heard, cancel, atomicfile.Abandon, os.Stderr))
}

// endings are the signals that ask the program to end. A terminal sends the first, a time limit the second,
// and a terminal that is closed the third, unless nohup had it ignored.
func endings() []os.Signal {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	return list
}

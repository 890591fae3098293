// Roofserve predicts what serving a language model would give: latencies, throughput and concurrency of a request trace,
// from the model's architecture and the GPU's data sheet. Run it without arguments for its verbs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A terminal sends the first, a time limit the second; another of either ends the program whatever it does.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

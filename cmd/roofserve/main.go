// Roofserve predicts what serving a language model would give: latencies, throughput and concurrency of a request trace,
// from the model's architecture and the GPU's data sheet. Run it without arguments for its verbs.
package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program whatever it does
	code := run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// grace is how long an interrupted command may take to end by itself.
const grace = 500 * time.Millisecond

// attend waits for a command and returns the program's exit status. Interrupted, a command ends by itself
// where it looks at its context; where it draws a plot, or is blocked in writing to a pipe that nobody reads,
// the program ends in the midst of it: after a moment of grace, or at once with the second signal. Files get
// their names when they are whole, and abandon removes those that are not, so that nothing is left
// half-written.
func attend(status <-chan int, heard <-chan os.Signal, cancel, abandon func(), stderr io.Writer) int {
	select {
	case code := <-status:
		return code
	case <-heard:
	}
	cancel()
	select {
	case code := <-status:
		return code
	case <-heard:
	case <-time.After(grace):
	}
	abandon()
	told := make(chan struct{})
	go func() {
		fmt.Fprintln(stderr, interrupted)
		close(told)
	}()
	select {
	case <-told:
	case <-time.After(grace): // stderr is a pipe that nobody reads too
	}
	return statusInterrupted
}

// unlessInterrupted does work that computes and writes nothing. Where the user interrupts the program, the
// work is given up at once, even where a part of it that takes seconds does not look at the context: the
// program ends then.
func unlessInterrupted[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := work()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return outcome{}.value, ctx.Err()
	}
}

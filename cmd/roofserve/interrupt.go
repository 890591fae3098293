package main

import "context"

// unlessInterrupted does work that computes and writes nothing. Where the user interrupts the program, the work is given up at
// once, even where a part of it that takes seconds does not look at the context: the program ends then.
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

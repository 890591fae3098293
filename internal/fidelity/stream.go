package fidelity

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Count checks a measurements file from end to end and counts its rows, so that a mistake in the last is
// found before the first is simulated.
func Count(file string) (rows int, err error) {
	err = Scan(file, nil, func(*Row) error { rows++; return nil })
	return rows, err
}

// Stream reads a measurements file and simulates its rows, several at once, and hands what was predicted to
// use in the rows' order. A row that cannot be modelled is skipped with the reason. Only a few rows are in
// memory at a time. start is called with the header.
func Stream(ctx context.Context, file string, start func(header []string) error,
	use func(*Prediction) error) error {
	group, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	begun := make(chan chan Prediction, 2*workers) // in order
	busy := make(chan struct{}, workers)
	group.Go(func() error {
		defer close(begun)
		var refused error
		return Scan(file, func(header []string) { refused = start(header) }, func(row *Row) error {
			if refused != nil {
				return refused
			}
			done := make(chan Prediction, 1)
			select {
			case begun <- done:
			case <-ctx.Done():
				return ctx.Err()
			}
			busy <- struct{}{}
			go func() {
				defer func() { <-busy }()
				done <- predict(ctx, row)
			}()
			return nil
		})
	})
	group.Go(func() error {
		for done := range begun {
			p := <-done
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := use(&p); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// Thinned keeps predictions evenly over a stream, the first and each that follows so many further on; all
// while they are few.
type Thinned struct {
	Kept   []Prediction
	Stride int // 1 where all are kept
	seen   int
}

// mostKept is the number of predictions that a Thinned keeps at most: as many points as a figure shows.
const mostKept = 20_000

// Add counts a prediction, and keeps it where its turn has come.
func (t *Thinned) Add(p *Prediction) {
	t.Stride = max(1, t.Stride)
	if t.seen%t.Stride == 0 {
		if len(t.Kept) == mostKept {
			for i := range mostKept / 2 {
				t.Kept[i] = t.Kept[2*i]
			}
			clear(t.Kept[mostKept/2:])
			t.Kept = t.Kept[:mostKept/2]
			t.Stride *= 2
		}
		if t.seen%t.Stride == 0 {
			t.Kept = append(t.Kept, *p)
		}
	}
	t.seen++
}

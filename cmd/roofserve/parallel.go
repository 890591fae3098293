package main

import (
	"context"
	"sync"
)

// inParallel works on things 0 to n−1, at most jobs of them at once. It begins no more once ctx is done, and
// returns when all that it began have ended.
func inParallel(ctx context.Context, jobs, n int, work func(i int)) {
	var workers sync.WaitGroup
	next := make(chan int)
	for range min(jobs, n) {
		workers.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
}

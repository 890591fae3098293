package main

import (
	"context"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// garbagePercent is how much may be thrown away beside what is kept, as GOGC counts it, while small
// simulations follow each other: each leaves little alive, and collecting after it would be a quarter of its
// time. With more, less of it stays in the caches of the processor.
const garbagePercent = 200

// inParallel works on things 0 to n−1, at most jobs of them at once. It begins no more once ctx is done, and
// returns when all that it began have ended.
func inParallel(ctx context.Context, jobs, n int, work func(i int)) {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
	}
	var workers sync.WaitGroup
	var begun atomic.Int64
	for range min(jobs, n) {
		workers.Go(func() {
			for i := int(begun.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(begun.Add(1)) - 1 {
				work(i)
			}
		})
	}
	workers.Wait()
}

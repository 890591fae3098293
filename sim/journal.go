package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/metrics"
)

// journal is what replicas that are simulated together record into together.
type journal struct {
	ttft, tpot, itl, e2e *metrics.Sketch
	running, held        *metrics.Levels // of one replica
	series               *metrics.Series

	waiting int
	since   units.Picoseconds // of the latest change of waiting
	queue   queueLengths

	// For Little's law: requests in the system now, the integral of their number over time, and the sum of the times that answered ones
	// spent there. Both sums wrap around, which leaves their equality to be seen.
	inside    int
	at        units.Picoseconds
	integral  uint64
	residence uint64 // modulo 2^64: each request subtracts when it comes and adds when it goes
}

func newJournal(c *Config) *journal {
	return &journal{
		ttft: metrics.NewSketch(), tpot: metrics.NewSketch(), itl: metrics.NewSketch(), e2e: metrics.NewSketch(),
		running: metrics.NewLevels(c.DP * c.Limits.MaxNumSeqs),
		held:    metrics.NewLevels(c.DP * c.Blocks),
		series:  metrics.NewSeries(c.SeriesInterval),
	}
}

// wait changes the number of waiting requests.
func (j *journal) wait(now units.Picoseconds, by int) {
	j.series.Hold(metrics.Waiting, j.waiting, j.since, now)
	j.waiting += by
	j.since = now
}

// arrived counts a request that a scheduler takes.
func (j *journal) arrived(now units.Picoseconds) {
	j.series.Add(metrics.Arrivals, 1, now)
	j.queue.add(j.waiting)
	j.wait(now, 1)
	j.pass(now, 1)
	j.residence -= uint64(now)
}

func (j *journal) finished(s *sequence, end units.Picoseconds) {
	j.series.Add(metrics.Completions, 1, end)
	j.pass(end, -1)
	j.residence += uint64(end)
}

// pass changes the number of requests in the system.
func (j *journal) pass(now units.Picoseconds, by int) {
	j.integral += uint64(j.inside) * uint64(now-j.at)
	j.inside += by
	j.at = now
}

// queueLengths remembers how many requests each of a stream of arrivals found waiting: all of them at first, then every
// second, every fourth, …
type queueLengths struct {
	samples []int
	every   int
	seen    int
	last    int
}

// maxSamples bounds queueLengths' memory.
const maxSamples = 2048

func (q *queueLengths) add(waiting int) {
	q.last = waiting
	if q.every == 0 {
		q.every = 1
	}
	if q.seen%q.every == 0 {
		if len(q.samples) == maxSamples {
			for i := range maxSamples / 2 {
				q.samples[i] = q.samples[2*i]
			}
			q.samples = q.samples[:maxSamples/2]
			q.every *= 2
		}
		if q.seen%q.every == 0 {
			q.samples = append(q.samples, waiting)
		}
	}
	q.seen++
}

// half is what the request in the middle of the stream found.
func (q *queueLengths) half() int {
	if q.seen == 0 {
		return 0
	}
	return q.samples[q.seen/2/q.every]
}

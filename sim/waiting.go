package sim

import "slices"

// queueLengths remembers how many requests each of a stream of arrivals found waiting: all of them at first, then every
// second, every fourth, …
type queueLengths struct {
	samples []int
	every   int // one of so many is remembered
	next    int // number of the next one that is
	seen    int
	last    int
}

// maxSamples bounds queueLengths' memory.
const maxSamples = 512

func (q *queueLengths) add(waiting int) {
	q.last = waiting
	if q.seen == q.next {
		q.remember(waiting)
	}
	q.seen++
}

func (q *queueLengths) remember(waiting int) {
	q.every = max(q.every, 1)
	if len(q.samples) == maxSamples {
		for i := range maxSamples / 2 {
			q.samples[i] = q.samples[2*i]
		}
		q.samples = q.samples[:maxSamples/2]
		q.every *= 2
	}
	q.samples = append(q.samples, waiting)
	q.next += q.every
}

// half is what the request in the middle of the stream found.
func (q *queueLengths) half() int {
	if q.seen == 0 {
		return 0
	}
	return q.samples[q.seen/2/q.every]
}

// growth is by how much the queue grew from one quarter of the stream to the next, as the last two quarters' medians tell it: a burst at
// the end, or a lull, does not pass for a trend.
func (q *queueLengths) growth() float64 {
	quarter := len(q.samples) / 4
	if quarter == 0 {
		return 0
	}
	median := func(part []int) float64 {
		sorted := slices.Sorted(slices.Values(part))
		return float64(float64(sorted[(len(sorted)-1)/2]+sorted[len(sorted)/2]) / 2)
	}
	n := len(q.samples)
	return median(q.samples[n-quarter:]) - median(q.samples[n-2*quarter:n-quarter])
}

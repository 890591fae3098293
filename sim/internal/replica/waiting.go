package replica

import "slices"

// QueueLengths remembers how many requests each of a stream of arrivals found waiting: all of them at first,
// then every second, every fourth, …
type QueueLengths struct {
	samples []int
	every   int // one of so many is remembered
	next    int // number of the next one that is
	Seen    int
	Last    int
}

// maxSamples bounds queueLengths' memory.
const maxSamples = 512

// Add takes note of how many requests the next arrival found waiting.
func (q *QueueLengths) Add(waiting int) {
	q.Last = waiting
	if q.Seen == q.next {
		q.remember(waiting)
	}
	q.Seen++
}

func (q *QueueLengths) remember(waiting int) {
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

// Half is what the request in the middle of the stream found.
func (q *QueueLengths) Half() int {
	if q.Seen == 0 {
		return 0
	}
	return q.samples[q.Seen/2/q.every]
}

// Growth is by how much the queue grew from one quarter of the stream to the next, as the last two quarters'
// medians tell it: a burst at the end, or a lull, does not pass for a trend.
func (q *QueueLengths) Growth() float64 {
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

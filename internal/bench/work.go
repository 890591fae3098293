package bench

// work keeps count of how much of a bench is done, in requests.
type work struct {
	feeds       []feed
	total, done int
	report      func(share float64)
}

// unsized is about the number of requests of a load that does not say how many it has, and manyRequests of
// one that takes so long that it is run only once.
const (
	unsized      = 20_000
	manyRequests = 20_000_000
)

func newWork(feeds []feed, report func(share float64)) *work {
	w := &work{feeds: feeds, report: report}
	for i := range feeds {
		w.total += feeds[i].work()
	}
	return w
}

func (f *feed) size() int {
	if f.requests == 0 {
		return unsized
	}
	return f.requests
}

// work is about the number of requests of all runs of a load.
func (f *feed) work() int {
	switch {
	case f.trials.quick:
		return quickRuns * f.size()
	case f.size() >= manyRequests:
		return f.size()
	default:
		return fewestRuns * f.size()
	}
}

// done is how many of those are over.
func (f *feed) done() int {
	if f.trials.suffice() {
		return f.work()
	}
	return min(len(f.trials.times)*f.size(), f.work())
}

// within takes note of the requests of a run that have come so far.
func (w *work) within(requests int) {
	if w.report != nil {
		w.report(min(1, float64(w.done+requests)/float64(w.total)))
	}
}

// finish takes note of a run that is over.
func (w *work) finish() {
	w.done = 0
	for i := range w.feeds {
		w.done += w.feeds[i].done()
	}
	w.within(0)
}

package bench

// work keeps count of how much of a bench is done, in requests of one run of each load.
type work struct {
	total, done int
	report      func(share float64)
}

// unsized is about the number of requests of a load that does not say how many it has.
const unsized = 20_000

func newWork(feeds []feed, report func(share float64)) *work {
	w := &work{report: report}
	for i := range feeds {
		w.total += feeds[i].size()
	}
	return w
}

func (f *feed) size() int {
	if f.requests == 0 {
		return unsized
	}
	return f.requests
}

// within takes note of the requests of a run that have come so far.
func (w *work) within(requests int) {
	if w.report != nil {
		w.report(float64(w.done+requests) / float64(w.total))
	}
}

// finish takes note of a load that has been measured.
func (w *work) finish(f *feed) {
	w.done += f.size()
	w.within(0)
}

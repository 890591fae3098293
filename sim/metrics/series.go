package metrics

import "github.com/roofserve/roofserve/hw/units"

// Level names a quantity that a Series averages over time.
type Level int

// Count names a quantity that a Series adds up.
type Count int

// Levels that a series averages.
const (
	Running Level = iota // sequences
	Waiting              // requests
	Held                 // pool blocks
	levelKinds
)

// Counts that a series adds up.
const (
	Arrivals Count = iota
	Completions
	Preemptions
	InputTokens
	OutputTokens
	countKinds
)

const (
	// maxWindows bounds a series whose width is not given: it doubles when there would be more.
	maxWindows = 1000
	// firstWidth is the narrowest window of such a series.
	firstWidth = units.Picoseconds(10e9) // 10 ms
)

// Window is one interval of a Series.
type Window struct {
	levels [levelKinds]Area
	counts [countKinds]int64
}

// Count is how many of kind fell into the window.
func (w *Window) Count(kind Count) int64 { return w.counts[kind] }

// Series is a time series in windows of equal width.
type Series struct {
	width  units.Picoseconds
	fixed  bool
	total  bool // one window stands for all, whose borders are as if there were others
	spans  []Window
	window *Window // last written, from start to end
	number int     // of it; -1: none was
	start  units.Picoseconds
	end    units.Picoseconds
}

// NewSeries has windows of the given width, or of a width that keeps them few where it is 0.
func NewSeries(width units.Picoseconds) Series {
	s := Series{width: width, fixed: width > 0, number: -1}
	if !s.fixed {
		s.width = firstWidth
		s.spans = make([]Window, 0, maxWindows)
	}
	s.seek(0)
	return s
}

// NewTotals is a series of which totals alone are asked for. It has the borders of NewSeries, so that who
// keeps within them does the same.
func NewTotals(width units.Picoseconds) Series {
	s := Series{width: width, fixed: width > 0, number: -1, total: true, spans: make([]Window, 1)}
	if !s.fixed {
		s.width = firstWidth
	}
	s.seek(0)
	return s
}

// Border is the end of the window that holds an instant.
func (s *Series) Border(at units.Picoseconds) units.Picoseconds {
	if at < s.start || at >= s.end {
		s.seek(at)
	}
	return s.end
}

// seek makes the window that holds an instant the current one.
//
//go:noinline // so that what rarely calls it is
func (s *Series) seek(at units.Picoseconds) *Window {
	switch {
	case !s.fixed && at >= s.width*maxWindows:
		for at >= s.width*maxWindows {
			s.double()
		}
		s.number = int(at / s.width)
	case at >= s.end && at < s.end+s.width: // without a division, which takes longest of all
		s.number++
	case at < s.start && at >= s.start-s.width:
		s.number--
	default:
		s.number = int(at / s.width)
	}
	s.start = s.width * units.Picoseconds(s.number)
	s.end = s.start + s.width
	kept := s.number
	if s.total {
		kept = 0
	}
	for len(s.spans) <= kept {
		s.spans = append(s.spans, Window{})
	}
	s.window = &s.spans[kept]
	return s.window
}

// double joins neighbouring windows.
func (s *Series) double() {
	if s.width *= 2; s.total {
		return
	}
	half := (len(s.spans) + 1) / 2
	for i := range half {
		joined := s.spans[2*i]
		if 2*i+1 < len(s.spans) {
			joined.add(&s.spans[2*i+1])
		}
		s.spans[i] = joined
	}
	s.spans = s.spans[:half]
}

func (w *Window) add(o *Window) {
	for i, v := range o.levels {
		w.levels[i].Add(v)
	}
	for i, v := range o.counts {
		w.counts[i] += v
	}
}

// Hold records that a level held from one instant to another.
func (s *Series) Hold(kind Level, level int, from, to units.Picoseconds) {
	if s.total {
		s.spans[0].Accrue(kind, AreaOf(level, Between(from, to)))
		return
	}
	for {
		w := s.At(from)
		until := min(to, s.end)
		w.Accrue(kind, AreaOf(level, Between(from, until)))
		if until == to {
			return
		}
		from = until
	}
}

// Pass records how many sequences ran and how many blocks were held from one instant to another, and returns
// the window that holds the latter.
func (s *Series) Pass(running, held int, from, to units.Picoseconds) *Window {
	for {
		w := s.At(from)
		until := min(to, s.end)
		time := Between(from, until)
		w.Accrue(Running, AreaOf(running, time))
		w.Accrue(Held, AreaOf(held, time))
		if until == to {
			return s.At(to)
		}
		from = until
	}
}

// At is the window that holds an instant. It is valid until something is recorded about a later one.
func (s *Series) At(at units.Picoseconds) *Window {
	if uint64(at-s.start) < uint64(s.width) {
		return s.window
	}
	return s.seek(at)
}

// Within is the window that holds both instants, between which levels are about to be recorded; nil where
// no single one does.
func (s *Series) Within(from, to units.Picoseconds) *Window {
	if from >= s.start && to < s.end {
		return s.window
	}
	return s.find(from, to)
}

// find is Within where the window that was written last does not hold both.
//
//go:noinline // so that Within is
func (s *Series) find(from, to units.Picoseconds) *Window {
	if s.At(from); to >= s.end && !s.total {
		return nil
	}
	return s.window
}

// Accrue records a level's area over a time within the window.
func (w *Window) Accrue(kind Level, area Area) { w.levels[kind].Add(area) }

// Add counts n of kind.
func (w *Window) Add(kind Count, n int64) { w.counts[kind] += n }

// Count is how many of kind fell into all windows.
func (s *Series) Count(kind Count) (n int64) {
	for i := range s.spans {
		n += s.spans[i].counts[kind]
	}
	return n
}

// Total is a level's area over all windows.
func (s *Series) Total(kind Level) (a Area) {
	for i := range s.spans {
		a.Add(s.spans[i].levels[kind])
	}
	return a
}

// Merge adds the windows of o, which was made with the same width.
func (s *Series) Merge(o *Series) {
	for s.width < o.width {
		s.double()
	}
	for o.width < s.width {
		o.double()
	}
	for len(s.spans) < len(o.spans) {
		s.spans = append(s.spans, Window{})
	}
	for i := range o.spans {
		s.spans[i].add(&o.spans[i])
	}
	s.seek(0)
}

// Each calls yield with every window from time 0 to an instant after which nothing was recorded; the last
// window ends there.
func (s *Series) Each(until units.Picoseconds, yield func(start, end units.Picoseconds, w *Window)) {
	s.seek(until)
	for i := range s.spans {
		start := s.width * units.Picoseconds(i)
		if start > until || (start == until && i > 0 && s.spans[i] == Window{}) {
			return
		}
		yield(start, min(start+s.width, until), &s.spans[i])
	}
}

// Len is the number of windows up to the last written one.
func (s *Series) Len() int { return len(s.spans) }

// Mean is a level's average over a window that lasted from start to end.
func (w *Window) Mean(kind Level, start, end units.Picoseconds) float64 {
	ns := Between(start, end)
	if ns == 0 {
		return 0
	}
	return w.levels[kind].float64() / float64(ns)
}

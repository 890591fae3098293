package workloads

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/workloads/results"
)

// newBenchmark makes the requests of a benchmark's result arrive again as they did. Where it does not say
// when they were sent, they arrive as it was told to send them.
func newBenchmark(name string, format *results.Format, from io.ReadCloser) (Source, error) {
	defer from.Close()
	runs, err := format.Read(name, from)
	if err != nil {
		return nil, err
	}
	rows := &heldRows{}
	t := &trace{file: name, format: traceFormat(format), records: noRecords{}, rows: resultRows{},
		held: rows, loaded: true, closer: io.NopCloser(nil)}
	timed, spec := true, Arrival{Process: "poisson", Rate: math.Inf(1)}
	for i := range runs {
		r := &runs[i]
		t.failed += r.Failed
		for _, note := range r.Notes {
			t.note(note)
		}
		timed = timed && !slices.ContainsFunc(r.Requests,
			func(q results.Request) bool { return math.IsNaN(q.Start) })
	}
	for i := range runs {
		if len(runs[i].Requests) == 0 {
			continue
		}
		if err := rows.addRun(name, &runs[i], timed); err != nil {
			return nil, err
		}
		if timed {
			continue
		}
		spec = asSent(&runs[i])
		t.note("does not say when requests were sent: " + describe(spec))
		if i+1 < len(runs) {
			t.note(fmt.Sprintf("of its %d runs the first with requests counts", len(runs)))
		}
		break
	}
	if len(rows.rows) == 0 {
		return nil, &fault.Error{File: name, Wrong: "has sums of a run, and no request's lengths",
			Right: "let the benchmark write every request (vLLM: --save-detailed, SGLang: --output-details), or give it to validate"}
	}
	rows.sort()
	if timed {
		return preserve(t, t, len(rows.rows)), nil
	}
	return Rearrange(preserve(t, t, len(rows.rows)), spec, 1, nil)
}

// asSent is how a benchmark was told to send requests.
func asSent(r *results.Result) Arrival {
	switch {
	case r.Rate > 0 && !math.IsInf(r.Rate, 1):
		return Arrival{Process: "poisson", Rate: r.Rate}
	case r.Concurrency > 0:
		return Arrival{Process: closed, Concurrency: r.Concurrency}
	}
	return Arrival{Process: "poisson", Rate: math.Inf(1)}
}

// describe says how requests arrive.
func describe(a Arrival) string {
	switch {
	case a.Process == closed:
		return fmt.Sprintf("%d users send one after the other, as it was told", a.Concurrency)
	case math.IsInf(a.Rate, 1):
		return "all arrive at 0"
	}
	return fmt.Sprintf("they arrive as a Poisson process of %g a second, as it was told", a.Rate)
}

func traceFormat(f *results.Format) format {
	return format{name: f.Name, about: f.About, source: f.Source}
}

// addRun adds the requests of a run, with their times where these are known of all.
func (h *heldRows) addRun(name string, r *results.Result, timed bool) error {
	for _, q := range r.Requests {
		row := heldRow{line: q.Line, input: int32(q.Input), output: int32(q.Output)}
		if timed {
			if !(math.Abs(q.Start) < 1e12) {
				wrong := fmt.Sprintf("a request is sent at %g s, which is not believable", q.Start)
				return &fault.Error{File: name, Line: q.Line, Wrong: wrong, Right: "give the times as they were written"}
			}
			row.at = sentAt(q.Start)
		}
		h.rows = append(h.rows, row)
	}
	return nil
}

// sentAt is a time in s to the nanosecond, or, where it counts since 1970, to the microsecond: float64 holds
// no more of it.
func sentAt(seconds float64) instant {
	whole, tick := math.Floor(seconds), 1e9
	if whole > 1e9 {
		tick = 1e6
	}
	return instant{int64(whole), int64(math.Round((seconds-whole)*tick)) * int64(second/tick)}
}

// resultRows are the rows of a result, which are held.
type resultRows struct{}

func (resultRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

func (resultRows) column(role int) string {
	return [roles]string{roleArrival: "start", roleInput: "prompt tokens", roleOutput: "output tokens"}[role]
}

// noRecords are those of a file that was read already.
type noRecords struct{}

func (noRecords) next() ([]byte, bool) { return nil, false }

func (noRecords) line() int { return 0 }

func (noRecords) failure() error { return io.EOF }

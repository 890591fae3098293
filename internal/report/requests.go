package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// Requests writes one CSV row for each finished request as it finishes, and keeps none.
type Requests struct {
	w     *bufio.Writer
	row   []byte
	gated bool // whether a gateway may reject requests or give them up
	// classes are those of requests that are not finished, by their numbers; nil where the scenario has no
	// [[slo.class]].
	classes map[int]string
}

// columns head the file: times in seconds since the start of the workload, and the latencies.
func (r *Requests) columns() string {
	columns := "index,arrival_s,first_token_s,last_token_s,input_tokens,output_tokens,cached_tokens,preemptions,failed"
	if r.gated {
		columns += ",rejected,timed_out"
	}
	if r.classes != nil {
		columns += ",slo_class"
	}
	for i := range scenarios.Latencies {
		if l := &scenarios.Latencies[i]; l.Request != nil {
			columns += "," + l.Key + "_ms"
		}
	}
	return columns + "\n"
}

// NewRequests starts the file of a scenario's requests with its header.
func NewRequests(w io.Writer, s *scenarios.Scenario) *Requests {
	r := &Requests{w: bufio.NewWriter(w), gated: s.Admission.IsSet()}
	if len(s.SLO.Classes) > 0 {
		r.classes = map[int]string{}
	}
	r.w.WriteString(r.columns()) // a write error stays in the writer until Close
	return r
}

// OnClass is a run's hook by which it learns of which class a request is; nil where nobody asks for that.
func (r *Requests) OnClass() func(request int, class string) {
	if r.classes == nil {
		return nil
	}
	return func(request int, class string) { r.classes[request] = class }
}

// Add writes a request.
func (r *Requests) Add(f *sim.Finished) {
	b := strconv.AppendInt(r.row[:0], int64(f.Index), 10)
	b = appendNumber(b, float64(f.Arrival.Seconds()))
	if !f.Answered() {
		b = append(b, ",,"...)
	} else {
		b = appendNumber(b, float64(f.FirstToken.Seconds()))
		b = appendNumber(b, float64(f.LastToken.Seconds()))
	}
	for _, n := range []int{f.Input, f.Output, f.Cached, f.Preemptions} {
		b = append(b, ',')
		b = strconv.AppendInt(b, int64(n), 10)
	}
	b = append(b, ',')
	b = strconv.AppendBool(b, f.Failed)
	if r.gated {
		b = append(strconv.AppendBool(append(b, ','), f.Rejected), ',')
		b = strconv.AppendBool(b, f.TimedOut)
	}
	if r.classes != nil {
		b = append(append(b, ','), csvField(r.classes[f.Index])...)
		delete(r.classes, f.Index)
	}
	for i := range scenarios.Latencies {
		if l := &scenarios.Latencies[i]; l.Request != nil {
			b = appendLatency(b, l, f)
		}
	}
	r.row = append(b, '\n')
	r.w.Write(r.row)
}

// csvField is a text as a field of a CSV file, in quotes where it needs them (RFC 4180).
func csvField(text string) string {
	if !strings.ContainsAny(text, ",\"\r\n") {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// appendLatency leaves the cell empty where the request has no such latency.
func appendLatency(b []byte, l *scenarios.Latency, f *sim.Finished) []byte {
	ms, ok := l.Request(f)
	if !f.Answered() || !ok {
		return append(b, ',')
	}
	return appendNumber(b, ms)
}

func appendNumber(b []byte, v float64) []byte {
	b = append(b, ',')
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// Close writes what is buffered and reports the first error met.
func (r *Requests) Close() error { return r.w.Flush() }

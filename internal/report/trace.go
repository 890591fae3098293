package report

import (
	"bufio"
	"io"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
)

// Trace writes a run as Chrome's trace events (JSON object format), which Perfetto and chrome://tracing open:
// a track of two nested spans for each request, until its first token and while it decodes, and counters of
// what the replicas held. Requests are written as they finish, and none is kept.
type Trace struct {
	w     *bufio.Writer
	event []byte
	some  bool // whether an event was written
}

// Processes under which a viewer groups the tracks.
const (
	requestProcess = 1
	counterProcess = 2
)

// NewTrace starts the file.
func NewTrace(w io.Writer) *Trace {
	t := &Trace{w: bufio.NewWriter(w)}
	t.w.WriteString(`{"displayTimeUnit":"ms","traceEvents":[`) // a write error stays in the writer until Close
	t.name(requestProcess, "requests")
	t.name(counterProcess, "replicas")
	return t
}

func (t *Trace) name(process int, name string) {
	t.begin("M", "process_name", process)
	t.event = append(t.event, `,"args":{"name":`...)
	t.event = strconv.AppendQuote(t.event, name)
	t.event = append(t.event, '}')
	t.end()
}

// fate is what became of a request that has no answer.
func fate(f *sim.Finished) string {
	switch {
	case f.Rejected:
		return "rejected"
	case f.TimedOut:
		return "given up"
	}
	return "refused"
}

// Add writes a request.
func (t *Trace) Add(f *sim.Finished) {
	if !f.Answered() {
		t.begin("i", fate(f), requestProcess)
		t.at(f.Arrival)
		t.event = append(t.event, `,"s":"p"`...)
		t.arguments(f)
		t.end()
		return
	}
	t.span("b", "request", f.Index, f.Arrival, f)
	t.span("b", "to first token", f.Index, f.Arrival, nil)
	t.span("e", "to first token", f.Index, f.FirstToken, nil)
	if f.LastToken > f.FirstToken {
		t.span("b", "decode", f.Index, f.FirstToken, nil)
		t.span("e", "decode", f.Index, f.LastToken, nil)
	}
	t.span("e", "request", f.Index, f.LastToken, nil)
}

// span writes the beginning or the end of an asynchronous span of a request.
func (t *Trace) span(phase, name string, index int, at units.Picoseconds, f *sim.Finished) {
	t.begin(phase, name, requestProcess)
	t.event = append(t.event, `,"cat":"request","id":`...)
	t.event = strconv.AppendInt(t.event, int64(index), 10)
	t.at(at)
	if f != nil {
		t.arguments(f)
	}
	t.end()
}

func (t *Trace) arguments(f *sim.Finished) {
	t.event = append(t.event, `,"args":{"index":`...)
	t.event = strconv.AppendInt(t.event, int64(f.Index), 10)
	for _, n := range []struct {
		name  string
		value int
	}{{"input_tokens", f.Input}, {"output_tokens", f.Output}, {"cached_tokens", f.Cached}, {"preemptions", f.Preemptions}} {
		t.event = append(t.event, `,"`...)
		t.event = append(t.event, n.name...)
		t.event = append(t.event, `":`...)
		t.event = strconv.AppendInt(t.event, int64(n.value), 10)
	}
	t.event = append(t.event, '}')
}

// Counters writes what the replicas held over time, as averages over the windows of the result's series.
func (t *Trace) Counters(series []sim.Window) {
	for i := range series {
		w := &series[i]
		t.counter("running sequences", w.Start, w.Running)
		t.counter("waiting requests", w.Start, w.Waiting)
		t.counter("KV cache in use (%)", w.Start, 100*w.KVUsage)
	}
	if n := len(series); n > 0 {
		for _, name := range []string{"running sequences", "waiting requests", "KV cache in use (%)"} {
			t.counter(name, series[n-1].End, 0)
		}
	}
}

func (t *Trace) counter(name string, at units.Picoseconds, value float64) {
	t.begin("C", name, counterProcess)
	t.at(at)
	t.event = append(t.event, `,"args":{"value":`...)
	t.event = strconv.AppendFloat(t.event, value, 'f', -1, 64)
	t.event = append(t.event, '}')
	t.end()
}

// begin starts an event.
func (t *Trace) begin(phase, name string, process int) {
	t.event = t.event[:0]
	if t.some {
		t.event = append(t.event, ',')
	}
	t.some = true
	t.event = append(t.event, "\n{\"ph\":\""...)
	t.event = append(t.event, phase...)
	t.event = append(t.event, `","name":`...)
	t.event = strconv.AppendQuote(t.event, name)
	t.event = append(t.event, `,"pid":`...)
	t.event = strconv.AppendInt(t.event, int64(process), 10)
	t.event = append(t.event, `,"tid":1`...)
}

// at writes a time in microseconds, as the format wants it.
func (t *Trace) at(at units.Picoseconds) {
	t.event = append(t.event, `,"ts":`...)
	t.event = strconv.AppendFloat(t.event, float64(at)/1e6, 'f', -1, 64)
}

func (t *Trace) end() {
	t.event = append(t.event, '}')
	t.w.Write(t.event)
}

// Close ends the file and reports the first error met.
func (t *Trace) Close() error {
	t.w.WriteString("\n]}\n")
	return t.w.Flush()
}

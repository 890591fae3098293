package report

import (
	"bufio"
	"io"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
)

// Trace writes a run as Chrome's trace events (JSON object format), which Perfetto and chrome://tracing open:
// a track of nested spans for each request, while it waits, until its first token and while it decodes; a
// track of steps for each rank of each replica, with counters of what the replica has when they end; and what
// goes between replicas. Events are written as they happen, and none is kept.
type Trace struct {
	w     *bufio.Writer
	event []byte
	some  bool   // whether an event was written
	named []bool // by replica: whether its process has its name
	moves int    // so far
}

// Processes under which a viewer groups the tracks: those of requests, of the router and of transfers, and
// from firstReplica on one for each replica.
const (
	requestProcess = iota + 1
	routerProcess
	transferProcess
	firstReplica
)

// NewTrace starts the file.
func NewTrace(w io.Writer) *Trace {
	t := &Trace{w: bufio.NewWriter(w)}
	t.w.WriteString(`{"displayTimeUnit":"ms","traceEvents":[`) // a write error stays in the writer until Close
	t.name(requestProcess, "requests")
	t.name(routerProcess, "router")
	t.name(transferProcess, "transfers")
	return t
}

func (t *Trace) name(process int, name string) {
	t.begin("M", "process_name", process, 1)
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
		t.begin("i", fate(f), requestProcess, 1)
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
	t.begin(phase, name, requestProcess, 1)
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

// begin starts an event.
func (t *Trace) begin(phase, name string, process, thread int) {
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
	t.event = append(t.event, `,"tid":`...)
	t.event = strconv.AppendInt(t.event, int64(thread), 10)
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

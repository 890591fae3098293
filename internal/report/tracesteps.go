package report

import (
	"fmt"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
)

// Landed writes steps of a rank that have ended, and what its replica has then.
func (t *Trace) Landed(f *sim.Landing) {
	process := firstReplica + f.Replica
	for len(t.named) <= f.Replica {
		t.named = append(t.named, false)
	}
	if !t.named[f.Replica] {
		t.named[f.Replica] = true
		t.name(process, replicaName(f))
	}
	t.begin("X", stepName(f), process, 1+f.Rank)
	t.at(f.Start)
	t.event = append(t.event, `,"dur":`...)
	t.event = strconv.AppendFloat(t.event, float64(f.End-f.Start)/1e6, 'f', -1, 64)
	t.details(detail{"steps", f.Steps}, detail{"decoding", int64(f.Decoding)}, detail{"prompts", int64(f.Prompts)},
		detail{"prompt_tokens", int64(f.PromptTokens)})
	t.end()
	for _, b := range f.Begun {
		t.span("b", "waiting", b.Request, b.Since, nil)
		t.span("e", "waiting", b.Request, f.Start, nil)
	}
	if f.Rank > 0 { // what follows is of the replica
		return
	}
	t.counter("running sequences", process, f, float64(f.Running))
	t.counter("waiting requests", process, f, float64(f.Waiting))
	t.counter("KV cache in use (%)", process, f, 100*float64(f.Held)/float64(max(1, f.Blocks)))
	if f.Preempted > 0 {
		t.begin("i", "preempted", process, 1)
		t.at(f.Start)
		t.event = append(t.event, `,"s":"p"`...)
		t.details(detail{"sequences", f.Preempted})
		t.end()
	}
}

// replicaName says which replica a flight's is.
func replicaName(f *sim.Landing) string {
	name := "replica " + strconv.Itoa(f.Replica)
	if f.Role != sim.Aggregated {
		name += ", " + f.Role.String()
	}
	return name
}

// stepName says what steps compute: sequences, pieces of prompts, or both.
func stepName(f *sim.Landing) string {
	switch {
	case f.Prompts == 0 && f.Decoding == 0:
		return "idle" // beside another rank
	case f.Prompts == 0 && f.Steps > 1:
		return fmt.Sprintf("decode × %d", f.Steps)
	case f.Prompts == 0:
		return "decode"
	case f.Decoding == 0:
		return "prefill"
	}
	return "mixed"
}

// Sent writes where a router has sent a request.
func (t *Trace) Sent(request, replica int, at units.Picoseconds) {
	t.begin("i", "to replica "+strconv.Itoa(replica), routerProcess, 1)
	t.at(at)
	t.event = append(t.event, `,"s":"t"`...)
	t.details(detail{"index", int64(request)})
	t.end()
}

// Moved writes a cache's way from one replica to another.
func (t *Trace) Moved(m *sim.Move) {
	t.moves++
	name := fmt.Sprintf("replica %d to %d", m.From, m.To)
	for _, end := range []struct {
		phase string
		at    units.Picoseconds
	}{{"b", m.Start}, {"e", m.End}} {
		t.begin(end.phase, name, transferProcess, 1)
		t.event = append(t.event, `,"cat":"transfer","id":`...)
		t.event = strconv.AppendInt(t.event, int64(t.moves), 10)
		t.at(end.at)
		t.details(detail{"index", int64(m.Request)}, detail{"bytes", m.Bytes})
		t.end()
	}
}

// counter writes what a replica has when a flight has ended.
func (t *Trace) counter(name string, process int, f *sim.Landing, value float64) {
	t.begin("C", name, process, 1)
	t.at(f.End)
	t.event = append(t.event, `,"args":{"value":`...)
	t.event = strconv.AppendFloat(t.event, value, 'f', -1, 64)
	t.event = append(t.event, '}')
	t.end()
}

// detail is a number that a viewer shows beside an event.
type detail struct {
	name  string
	value int64
}

func (t *Trace) details(list ...detail) {
	for i, d := range list {
		if i == 0 {
			t.event = append(t.event, `,"args":{"`...)
		} else {
			t.event = append(t.event, `,"`...)
		}
		t.event = append(t.event, d.name...)
		t.event = append(t.event, `":`...)
		t.event = strconv.AppendInt(t.event, d.value, 10)
	}
	t.event = append(t.event, '}')
}

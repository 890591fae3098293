package cost

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Speculation is that each decode step verifies drafted tokens: every sequence has a row for its last token
// and one for each draft, and is then given the drafts of its next step (Leviathan et al. 2023,
// arXiv:2211.17192). Rejected rows cost what accepted ones do.
//
// All rows pass the linear layers, the experts and the exchanges; attention reads a sequence's keys once for
// all its queries. What a recurrent layer keeps is written for every row, so that it can be taken back.
type Speculation struct {
	Drafts int // tokens drafted for each sequence in a step
	// Model drafts them, one after the other: its first pass is over all rows of the step, prompts included,
	// each further one over one row a sequence. nil where the host looks for them in what is there already.
	Model     *arch.Model
	Precision arch.Precision // of Model
	// Search is the host's time for each token that it looks at, where it does.
	Search units.Seconds
}

// drafting is how a model's drafts are made.
type drafting struct {
	passes         int // of the drafting model
	first, further *Model
	reach          []int // of the drafting model's reaches, the served model's
	search         units.Picoseconds
}

// queriesOf is how many rows a sequence has in a decode step.
func queriesOf(s *Speculation) int {
	if s == nil {
		return 1
	}
	return 1 + s.Drafts
}

// drafting compiles what drafts for a model.
func (m *Model) drafting() (*drafting, error) {
	s := m.Speculation
	d := &drafting{passes: s.Drafts, search: s.Search.Picoseconds()}
	if s.Model == nil {
		return d, nil
	}
	c := m.Config
	c.Model, c.Speculation, c.TwoBatches = s.Model, nil, NoHalves
	c.Plan.PP, c.Plan.Precision = 1, s.Precision // drafts are made on the last stage
	c.Overhead = c.Overhead.drafting()
	for _, r := range s.Model.Reaches() {
		at := slices.Index(m.Reaches(), r)
		if at < 0 {
			return nil, fmt.Errorf("a layer of the drafting model sees %v, as none of the served model does", r)
		}
		d.reach = append(d.reach, at)
	}
	var err error
	if d.further, err = New(c); err != nil {
		return nil, err
	}
	first := *d.further
	first.queries = m.queries
	first.graphs = first.Graphs.byRows(first.queries)
	d.first = &first
	return d, nil
}

// drafting is what of an engine's overhead drafts cost beside the step that they are part of: launches.
func (o Overhead) drafting() Overhead {
	return Overhead{Async: true, LaunchLayer: o.LaunchLayer, LaunchPrefillLayer: o.LaunchPrefillLayer}
}

// under is the same drafting with other models.
func (d *drafting) under(change func(*Model) *Model) *drafting {
	if d == nil || d.first == nil {
		return d
	}
	other := *d
	other.first, other.further = change(d.first), change(d.further)
	return &other
}

// Plain is the same model where steps draft nothing.
func (m *Model) Plain() *Model {
	other := *m
	other.Speculation, other.drafts, other.queries = nil, nil, 1
	other.graphs = other.Graphs.byRows(1)
	if m.halved != nil {
		other.halved = m.halved.Plain()
	}
	return &other
}

// verifying is loads, in a list that is reused, in which each decoding sequence has a row for every draft.
func (m *Model) verifying(list, loads []arch.Load) []arch.Load {
	list = append(list[:0], loads...)
	for i := range list {
		l := &list[i]
		l.Samples += l.Decodes * (m.queries - 1)
		l.Decodes *= m.queries
		l.Queries = m.queries
	}
	return list
}

// loads are what a step's loads ask of the drafting model in its first pass and in each further one.
func (d *drafting) loads(t *draftMeter, loads []arch.Load, stages int) (first, further []arch.Load) {
	for len(t.ofFirst) < len(loads) {
		t.ofFirst, t.ofFurther = append(t.ofFirst, arch.Load{}), append(t.ofFurther, arch.Load{})
	}
	first, further = t.ofFirst[:len(loads)], t.ofFurther[:len(loads)]
	for i := range loads {
		own, next := &first[i], &further[i]
		*own = loads[i]
		if stages > 1 {
			*own = microbatch(loads[i], stages)
		}
		*next = arch.Load{Decodes: own.Samples, Samples: own.Samples}
		keys, pairs, spans := own.DecodeKeys, own.ChunkPairs, own.ChunkKeys
		for j, at := range d.reach {
			next.DecodeKeys[j], own.DecodeKeys[j] = keys[at], keys[at]
			own.ChunkPairs[j], own.ChunkKeys[j] = pairs[at], spans[at]
		}
		own.Decodes, own.Queries = own.Decodes*d.first.queries, d.first.queries
	}
	return first, further
}

// draftMeter remembers the times of what drafts.
type draftMeter struct {
	first, further *Meter
	sequences      []int       // reused, as are the following
	rows           []arch.Load // of the step that verifies
	// of the drafting model
	ofFirst, ofFurther []arch.Load
	times              Decode
}

// step is the time of the drafts of a step that computes prompts.
func (d *drafting) step(t *draftMeter, loads []arch.Load, stages int) units.Picoseconds {
	var time units.Picoseconds
	for i := range loads {
		time = max(time, d.search*units.Picoseconds(loads[i].DecodeKeys[0]))
	}
	if d.first == nil {
		return time
	}
	first, further := d.loads(t, loads, stages)
	time += t.first.Step(first)
	rows := 0
	for i := range further {
		rows += further[i].Decodes
	}
	if d.passes > 1 && rows > 0 {
		time += units.Picoseconds(d.passes-1) * t.further.Step(further)
	}
	return time
}

// decode adds the coefficients of a step's drafts to those of the step. The host launches both, and waits for
// the device when all are, so that its times add up before either bounds the step.
func (d *drafting) decode(t *draftMeter, sequences []int, stages int, sum *Decode) {
	for i := range sum.Ranks {
		sum.Ranks[i].PerKey[0] += d.search
	}
	if d.first == nil {
		return
	}
	t.sequences = t.sequences[:0]
	for _, n := range sequences {
		t.sequences = append(t.sequences, evenly(n, stages))
	}
	t.first.Decode(t.sequences, &t.times)
	d.add(t, 1, sequences, sum)
	if d.passes > 1 {
		t.further.Decode(t.sequences, &t.times)
		d.add(t, d.passes-1, sequences, sum)
	}
}

// add adds some passes of the drafting model.
func (d *drafting) add(t *draftMeter, passes int, sequences []int, sum *Decode) {
	times := units.Picoseconds(passes)
	sum.Fixed += times * t.times.Fixed
	sum.Least += times * t.times.Least
	for i := range sum.Ranks {
		sum.Ranks[i].Fixed += times * t.times.Ranks[i].Fixed
		for j, at := range d.reach {
			perKey := t.times.Ranks[i].PerKey[j]
			if all := sequences[i]; all > 0 { // keys are those of all sequences, which a microbatch has a part of
				perKey = perKey * units.Picoseconds(t.sequences[i]) / units.Picoseconds(all)
			}
			sum.Ranks[i].PerKey[at] += times * perKey
		}
	}
}

// verify is the time of a step that verifies drafts and makes the next ones.
func (t *Meter) verify(loads []arch.Load) units.Picoseconds {
	m := t.model
	for i := range loads {
		if loads[i].Chunks > 0 {
			t.drafts.rows = m.verifying(t.drafts.rows, loads)
			return t.whole(t.drafts.rows) + m.drafts.step(t.drafts, loads, m.Plan.PP)
		}
	}
	sequences := make([]int, len(loads))
	for i := range loads {
		sequences[i] = loads[i].Decodes
	}
	var d Decode
	t.Decode(sequences, &d)
	return d.of(loads)
}

// of is the time of a step whose sequences see some keys.
func (d *Decode) of(loads []arch.Load) units.Picoseconds {
	longest := d.Least
	for i := range loads {
		own := d.Ranks[i].Fixed
		for j, perKey := range d.Ranks[i].PerKey {
			own += perKey * units.Picoseconds(loads[i].DecodeKeys[j])
		}
		longest = max(longest, own)
	}
	return d.Fixed + longest
}

// Draft is the name in a breakdown of the layers of what drafts.
const Draft = "draft"

// draftEntries opens up what a step's drafts take.
func (d *drafting) entries(loads []arch.Load, stages int) []OperatorTime {
	if d.first == nil {
		return d.searching(loads)
	}
	first, further := d.loads(&draftMeter{}, loads, stages)
	list := d.first.Breakdown(first)
	list = list[:len(list)-1] // the host's time is the step's
	if d.passes > 1 {
		for _, e := range d.further.Breakdown(further) {
			at := slices.IndexFunc(list, func(o OperatorTime) bool { return o.Layer == e.Layer && o.Name == e.Name })
			if at < 0 {
				continue
			}
			o, times := &list[at], float64(d.passes-1)
			o.Count += e.Count * (d.passes - 1)
			o.FLOPs += units.FLOPs(times * float64(e.FLOPs))
			o.Bytes += units.Bytes(times * float64(e.Bytes))
			o.Time += units.Seconds(times * float64(e.Time))
			if e.Bound != BoundNetwork {
				o.Roof, o.Bound = d.further.bound(o)
			}
		}
	}
	for i := range list {
		list[i].Layer = Draft + " " + list[i].Layer
	}
	return list
}

// searching is the host's search for drafts.
func (d *drafting) searching(loads []arch.Load) []OperatorTime {
	var time units.Picoseconds
	for i := range loads {
		time = max(time, d.search*units.Picoseconds(loads[i].DecodeKeys[0]))
	}
	return []OperatorTime{{Layer: Draft, Name: "search", Category: Host, Count: 1, Bound: BoundOverhead,
		Time: time.Seconds()}}
}

// withDrafts puts what drafts take before the host's entry of a step, which has what is left of its time.
func (m *Model) withDrafts(step []OperatorTime, loads []arch.Load) []OperatorTime {
	last := len(step) - 1
	host := step[last]
	list := append(step[:last], m.drafts.entries(loads, m.Plan.PP)...)
	host.Time = m.Step(loads).Seconds()
	for i := range list {
		host.Time -= list[i].Time
	}
	host.Time = max(0, host.Time)
	return append(list, host)
}

package cost

import (
	"errors"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Config is what a cost model is built from.
type Config struct {
	Model    *arch.Model
	Device   *hw.Device
	Plan     arch.Plan
	Kernels  *kernels.Set
	Overhead Overhead
	Fusion   Fusion
	// Routing is how tokens spread over experts.
	Routing kernels.Routing
	// Gathers is when every rank has all data-parallel ranks' tokens, rather than those that chose its experts.
	Gathers Gathering
	// TwoBatches lets steps run as two halves, see halves.go, in an order.
	TwoBatches TwoBatches
	Graphs     Graphs
	// Speculation, where set, makes decode steps verify drafts.
	Speculation *Speculation
}

// Model times the steps of one architecture under one plan on one device. It is immutable and safe for
// concurrent use.
type Model struct {
	Config
	operators []operator
	roles     roles
	turns     turns
	layers    int
	launched  units.Seconds // kernels of a step, in those of a dense layer
	pieces    units.Seconds // and launches where attention runs between pieces that are captured
	graphs    []int32       // see Graphs.byRows
	caches    []kept
	// imbalance is how much longer the slowest pipeline stage takes than an even share: ceil(L/pp)·pp/L.
	imbalance float64
	// parts is the number of microbatches that a load passes in: one for each stage, and for each half.
	parts int
	// halved is the same model in halves; nil where it never runs so, or is itself in halves.
	halved *Model
	// queries is the rows of a decoding sequence, and drafts what makes them more than one; nil without.
	queries int
	drafts  *drafting
}

// operator is one of a layer's operators and how often a step runs it.
type operator struct {
	op       arch.Op
	layer    string // the part of a layer it belongs to, as the catalogue names it: "attention", "window", "moe", …
	category Category
	count    int // layers that run it, over all pipeline stages
}

// New compiles the stack into the operators that one rank runs. It returns an error where the plan does not
// divide the model.
func New(c Config) (*Model, error) {
	if err := c.Plan.Check(); err != nil {
		return nil, err
	}
	if c.Kernels == nil || c.Device == nil || c.Model == nil {
		return nil, errors.New("cost: a model, a device and a set of kernels are needed")
	}
	if err := c.Model.CheckSplit(c.Plan.Split()); err != nil {
		return nil, err
	}
	m := &Model{Config: c, layers: c.Model.Layers(), queries: queriesOf(c.Speculation)}
	m.graphs = c.Graphs.byRows(m.queries)
	stages := units.CeilDiv(m.layers, c.Plan.PP)
	m.imbalance = float64(stages*c.Plan.PP) / float64(m.layers)
	for _, part := range c.Model.Operators(c.Plan.Split()) {
		for _, op := range c.Fusion.apply(part.Ops, &c.Plan.Precision) {
			m.launched += units.Seconds(part.Count*launches(op, &c.Plan.Precision)) / denseLayer
			m.pieces += units.Seconds(part.Count*piecesOf(op, &c.Plan.Precision)) / denseLayer
			m.operators = append(m.operators, operator{op: op, layer: part.Name, category: categoryOf(part.Kind, op),
				count: part.Count})
		}
	}
	m.roles = rolesOf(m.operators)
	m.turns = turnsOf(m.operators)
	m.caches = cachesOf(c.Model, &c.Plan)
	m.parts = c.Plan.PP
	if c.TwoBatches != NoHalves && m.exchanges() {
		m.halved = m.inHalves()
	}
	var err error
	if c.Speculation != nil {
		m.drafts, err = m.drafting()
	}
	return m, err
}

// Reaches are the model's reaches, in the order of Load's sums.
func (m *Model) Reaches() []arch.Reach { return m.Model.Reaches() }

// Step is the time of one step; see Stepper.
func (m *Model) Step(loads []arch.Load) units.Picoseconds {
	t := m.meter()
	return t.Step(loads)
}

// Decode writes the coefficients of a pure decode step; see Stepper.
func (m *Model) Decode(sequences []int, d *Decode) {
	t := m.meter()
	t.Decode(sequences, d)
}

// linear is the time of every operator that depends only on a number of rows, of one kind of rows, on one
// rank.
func (m *Model) linear(kind arch.Rows, rows int64) units.Picoseconds {
	if rows == 0 {
		return 0
	}
	var t units.Seconds
	for i := range m.roles.rows[kind] {
		o := &m.roles.rows[kind][i]
		t += units.Seconds(units.Seconds(o.count) * m.rowTime(o.op, rows))
	}
	if kind == arch.EveryToken {
		t += m.stageTransfers(rows)
	}
	return m.stretched(t)
}

// stretched makes a sum over all layers the time of a round through the pipeline, and rounds it to the clock.
func (m *Model) stretched(t units.Seconds) units.Picoseconds {
	return (t * units.Seconds(m.imbalance)).Picoseconds()
}

// decodeAttention is the time of the operators that read state, in a step with n decode rows of a rank:
// fixed + Σ perKey[i]·keys[i].
func (m *Model) decodeAttention(n int) (fixed units.Picoseconds, perKey [arch.MaxReaches]units.Picoseconds) {
	if n == 0 {
		return 0, perKey
	}
	batch := evenly(n/m.queries, m.parts) * m.queries
	share := units.Seconds(batch) / units.Seconds(n)
	var sum units.Seconds
	var slopes [arch.MaxReaches]units.Seconds
	for i := range m.roles.decode {
		o := &m.roles.decode[i]
		f, slope, reach := m.decodeTime(o.op, batch)
		sum += units.Seconds(units.Seconds(o.count) * f)
		slopes[reach] += units.Seconds(units.Seconds(o.count) * slope)
	}
	for i, slope := range slopes {
		// Keys are those of all sequences; the largest microbatch reads the share of its own.
		perKey[i] = m.stretched(slope * share)
	}
	return m.stretched(sum), perKey
}

// chunkAttention is the time of the operators that work on query-key pairs or on recurrent state, for a
// rank's chunks.
func (m *Model) chunkAttention(l *arch.Load) units.Picoseconds {
	if l.Chunks == 0 {
		return 0
	}
	var t units.Seconds
	for i := range m.roles.prefill {
		o := &m.roles.prefill[i]
		t += units.Seconds(units.Seconds(o.count) * m.prefillTime(o.op, l))
	}
	t += m.gatherTime(l)
	return m.stretched(t)
}

// shared is the time of what all data-parallel ranks do together: routed experts and exchanges of tokens.
// In halves exchanges go on beside it.
func (m *Model) shared(s sharedLoad) (t sharedTimes) {
	switch {
	case s.tokens == 0:
		return t
	case m.halves():
		return m.sharedInTurns(&s)
	}
	var busy units.Seconds
	for i := range m.roles.shared {
		o := &m.roles.shared[i]
		busy += units.Seconds(units.Seconds(o.count) * m.sharedTime(o.op, s))
	}
	return sharedTimes{busy: m.stretched(busy)}
}

// sharedTimes are of what all data-parallel ranks do together.
type sharedTimes struct {
	busy  units.Picoseconds
	waits units.Picoseconds // in halves: of the device for exchanges
	least units.Picoseconds // in halves: of computing and waits together, those of each rank's own among them
}

// sharedLoad is what the shared part of a step depends on.
type sharedLoad struct {
	tokens  int  // of all data-parallel ranks, in one microbatch, which choose experts
	rows    int  // of all ranks, with those that fill a graph
	fullest int  // of the rank with most rows
	mixed   bool // some rank has a prefill chunk
}

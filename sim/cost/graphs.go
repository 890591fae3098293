package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Graphs are the steps that an engine has captured as CUDA graphs. A graph has a fixed number of rows, and a
// step runs in the smallest that holds it: matrix multiplications, element-wise kernels and exchanges compute
// all of the graph's rows, while attention sees the sequences that there are. Data-parallel ranks run graphs
// of one size, that of the fullest, because they exchange with each other. Kernels of a step that no graph
// holds are launched by the host. The zero value is an engine without graphs, whose launches its Overhead
// states.
type Graphs struct {
	// Sizes are the sequences of a data-parallel rank in each graph, ascending.
	Sizes []int
	// Rows tells that Sizes are rows, of which a sequence has several where steps verify drafts: whole sequences
	// then fill a graph.
	Rows bool
	// Whole tells whether decode steps are captured as a whole, and not in the pieces between attention kernels.
	Whole bool
	// Mixed tells whether steps with prompts run in pieces as well, as large as the captured ones.
	Mixed bool
	// Head tells whether graphs compute logits, of all rows.
	Head bool
	// Routed tells whether rows that only fill a graph choose experts. They are exchanged in any case.
	Routed bool
}

// padding is what a graph adds to a step.
type padding struct {
	graph int // rows of a rank in it; 0: no graph holds the step
	// of each kind of rows, the least that a rank computes
	rows [rowKinds]int64
}

// byRows is, for each number of rows up to the largest graph's, the rows of the graph that holds them.
func (g *Graphs) byRows(queries int) []int32 {
	if len(g.Sizes) == 0 {
		return nil
	}
	var list []int32
	for _, rows := range g.sizes(queries) {
		for len(list) <= rows {
			list = append(list, int32(rows))
		}
	}
	list[0] = 0
	return list
}

// sizes are the rows of the graphs of steps in which a sequence has some queries.
func (g *Graphs) sizes(queries int) []int {
	var list []int
	for _, size := range g.Sizes {
		rows := size * queries
		if g.Rows {
			rows = units.CeilDiv(size, queries) * queries
		}
		list = append(list, rows)
	}
	if last := len(list) - 1; g.Rows && last > 0 && list[last] > g.Sizes[last] { // beyond the largest
		return list[:last]
	}
	return list
}

// padded is the padding of a step of which the fullest rank has some rows; mixed where one has a prompt.
func (m *Model) padded(fullest int, mixed bool) (p padding) {
	if fullest >= len(m.graphs) || mixed && !m.Graphs.Mixed {
		return p
	}
	p.graph = int(m.graphs[fullest])
	p.rows[arch.EveryToken] = int64(p.graph)
	if mixed {
		return p
	}
	p.rows[arch.DecodeTokens] = int64(p.graph)
	if m.Graphs.Head {
		p.rows[arch.SampledRows] = int64(p.graph)
	}
	return p
}

// padding is what a graph adds to a step's loads.
func (t *Meter) padding(loads []arch.Load) padding {
	fullest, mixed := 0, false
	for i := range loads {
		batch := &loads[i]
		mixed = mixed || batch.Chunks > 0
		if t.divides {
			part := t.model.batch(batch)
			batch = &part
		}
		fullest = max(fullest, batch.Tokens())
	}
	return t.model.padded(fullest, mixed)
}

// chosenBy is how many of a rank's rows choose experts.
func (m *Model) chosenBy(tokens int, pad *padding) int {
	if m.Graphs.Routed {
		return max(tokens, pad.graph)
	}
	return tokens
}

// outgrown tells whether a decode step has more rows than the largest graph.
func (m *Model) outgrown(b *batches) bool {
	return len(m.graphs) > 0 && b.sequences*m.queries >= len(m.graphs)
}

// launchTime is the host's time to launch a step's kernels: each by itself, or the pieces between attention
// kernels and these, where no graph has the step as a whole.
func (m *Model) launchTime(b *batches) units.Seconds {
	o := &m.Overhead
	switch {
	case b.chunks > 0 || m.outgrown(b):
		return units.Seconds(m.launched * (o.LaunchLayer + o.LaunchPrefillLayer))
	case len(m.graphs) > 0 && !m.Graphs.Whole:
		return units.Seconds(m.pieces * (o.LaunchLayer + o.LaunchPrefillLayer))
	}
	return units.Seconds(m.launched * o.LaunchLayer)
}

// piecesOf are the launches of a layer's operator where what lies between attention kernels is captured: the
// kernels of what reads state, and the piece that follows.
func piecesOf(op arch.Op, p *arch.Precision) int {
	switch op.(type) {
	case arch.Attention, arch.Recurrence:
		return launches(op, p) + 1
	}
	return 0
}

// filled is a load with the rows that a graph adds to those of a kind.
func (p *padding) filled(l arch.Load, kind arch.Rows) arch.Load {
	if kind >= arch.Rows(rowKinds) {
		return l
	}
	more := int(p.rows[kind] - kind.Of(&l))
	if more <= 0 {
		return l
	}
	switch kind {
	case arch.SampledRows:
		l.Samples += more
	case arch.DecodeTokens, arch.EveryToken:
		l.Decodes += more
	}
	return l
}

// GraphUse is how a step's rows lie in CUDA graphs.
type GraphUse struct {
	Rows  int // that the fullest data-parallel rank has at once
	Graph int // that each rank computes in the graph that holds them; 0: none does
	// Outgrown tells that the engine captures steps of this kind, but none so large.
	Outgrown bool
}

// InGraph tells how a step's rows lie in CUDA graphs.
func (m *Model) InGraph(loads []arch.Load) (u GraphUse) {
	if m.drafts != nil {
		loads = m.verifying(nil, loads)
	}
	t := m.meter()
	if t.inHalves(loads) {
		return m.halved.InGraph(loads)
	}
	mixed := false
	for i := range loads {
		batch := m.batch(&loads[i])
		u.Rows, mixed = max(u.Rows, batch.Tokens()), mixed || batch.Chunks > 0
	}
	u.Graph = t.padding(loads).graph
	u.Outgrown = !mixed && u.Rows >= len(m.graphs) && len(m.graphs) > 0
	return u
}

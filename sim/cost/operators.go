package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// activationBytes is the size of an activation value outside the tensor cores: every engine modelled keeps
// the residual stream, and what ranks exchange, in bf16.
const activationBytes = 2

// noRows marks operators whose time depends on more than a row count.
const noRows = arch.Rows(255)

// rowsOf is the kind of rows on which alone an operator's time depends; noRows for those that depend on more.
func rowsOf(op arch.Op) arch.Rows {
	switch o := op.(type) {
	case arch.GEMM:
		return o.Rows
	case arch.BatchedGEMM:
		return o.Rows
	case arch.Pointwise:
		return o.Rows
	case arch.Reduce:
		if !o.OverExperts {
			return o.Rows
		}
	}
	return noRows
}

// rowTime is the time of an operator over rows rows.
func (m *Model) rowTime(op arch.Op, rows int64) units.Seconds {
	switch o := op.(type) {
	case arch.GEMM:
		return m.gemmTime(o, rows)
	case arch.BatchedGEMM:
		return m.Kernels.Batched.Time(m.Device, kernels.BatchedShape{
			Batch: o.Batch, M: int(rows), N: o.N, K: o.K, Format: units.BF16})
	case arch.Pointwise:
		return m.Kernels.Pointwise.Time(m.Device, max(1, o.Kernels), m.tokenBytes(int(rows), o.Values))
	case arch.Reduce:
		return m.reduceTime(m.Plan.TP, rows, o.Values)
	}
	return 0
}

func (m *Model) gemmTime(o arch.GEMM, rows int64) units.Seconds {
	weights := m.Plan.Precision.Of(o.Group, o.Stored)
	activations := m.Plan.Precision.ActivationsFor(weights)
	return m.Kernels.GEMM.Time(m.Device, kernels.GEMMShape{
		M: int(rows), N: o.N, K: o.K, Weights: weights, Activations: activations})
}

// reduceTime is an all-reduce of rows×values activations over neighbouring ranks.
func (m *Model) reduceTime(ranks int, rows int64, values int) units.Seconds {
	if ranks == 1 {
		return 0
	}
	return m.Kernels.AllReduce.Time(m.Device, ranks, m.Plan.NodeRanks(ranks), m.tokenBytes(int(rows), values))
}

// decodeTime is the time of an operator that reads state, for n rows of sequences that decode: fixed +
// slope·(sum of the keys of the reach).
func (m *Model) decodeTime(op arch.Op, n int) (fixed, slope units.Seconds, reach int) {
	switch o := op.(type) {
	case arch.Attention:
		if o.Phase == arch.PrefillTokens {
			return 0, 0, 0
		}
		fixed, slope = m.attentionDecode(o, n)
		if slope *= units.Seconds(o.KeyShare); slope > 0 {
			slope = max(slope, m.keyDelivery(o))
		}
		if m.queries > 1 {
			slope = m.verifyingSlope(o, slope)
		}
		return fixed, slope, o.Reach
	case arch.Recurrence:
		return m.Kernels.Recurrence.Decode(m.Device, recurrenceShape(o, n, n)), 0, 0
	}
	return 0, 0, 0
}

// verifyingSlope is the time of a key that all queries of a sequence see: no less than the tensor cores take.
// Queries that choose their keys read them each for itself.
func (m *Model) verifyingSlope(o arch.Attention, slope units.Seconds) units.Seconds {
	if slope == 0 || m.chosen(o) > 0 {
		return slope * units.Seconds(m.queries)
	}
	var one arch.Load
	one.DecodeKeys[o.Reach], one.Queries = 1, m.queries
	flops := o.Work(&one, &m.Plan.Precision).FLOPs
	return max(slope, units.Seconds(float64(flops)/float64(m.Device.Peak[units.BF16])))
}

// attentionDecode is for n rows. Those of one sequence are more heads to a kernel, where they share its keys.
func (m *Model) attentionDecode(o arch.Attention, n int) (fixed, slope units.Seconds) {
	heads := o.Heads
	if m.queries > 1 && m.chosen(o) == 0 && o.Form != arch.Indexer {
		n, heads = n/m.queries, heads*m.queries
	}
	if laws := m.selected(&o); laws != nil {
		return m.selectedDecode(&laws.Step, &o, n, heads)
	}
	switch o.Form {
	case arch.Absorbed:
		return m.Kernels.LatentDecode.Coefficients(m.Device, kernels.LatentShape{
			Sequences: n, Heads: heads, LatentDim: o.ValueDim, RopeDim: o.KeyDim - o.ValueDim,
			Sparse: m.Reaches()[o.Reach].Kind == arch.TopK, Chosen: m.chosen(o), KV: m.Plan.Precision.KV})
	case arch.Indexer:
		return m.Kernels.Indexer.Coefficients(m.Device,
			kernels.IndexerShape{Sequences: n, Heads: o.Heads, KeyDim: o.KeyDim})
	default:
		return m.Kernels.Decode.Coefficients(m.Device, kernels.DecodeShape{
			Sequences: n, Heads: heads, KVHeads: o.KVHeads, KeyDim: o.KeyDim, ValueDim: o.ValueDim,
			KV: m.Plan.Precision.KV})
	}
}

// keyDelivery is the time in which the memory delivers one key and its value. Laws that were fitted where
// instructions bound a kernel (narrow caches, which are widened) know no other bound, and would read faster
// where sequences are more, or the GPU has more SMs for its bandwidth, than was measured.
func (m *Model) keyDelivery(o arch.Attention) units.Seconds {
	var one arch.Load
	one.DecodeKeys[o.Reach] = 1
	return m.delivery(o.Work(&one, &m.Plan.Precision).StateBytes)
}

// delivery is the least time in which the memory delivers bytes.
func (m *Model) delivery(bytes units.Bytes) units.Seconds {
	return units.Seconds(float64(bytes) / float64(m.Device.Bandwidth))
}

// prefillTime is the time of an operator over a rank's chunks that depends on more than their number of
// tokens.
func (m *Model) prefillTime(op arch.Op, l *arch.Load) units.Seconds {
	switch o := op.(type) {
	case arch.Attention:
		if o.Phase == arch.DecodeTokens {
			return 0
		}
		return m.attentionPrefill(o, l)
	case arch.Recurrence:
		return m.Kernels.Recurrence.Prefill(m.Device,
			recurrenceShape(o, l.Chunks, l.ChunkTokens*m.Plan.ContextRanks()))
	}
	return 0
}

func (m *Model) attentionPrefill(o arch.Attention, l *arch.Load) units.Seconds {
	if laws := m.selected(&o); laws != nil {
		return m.selectedPrefill(&laws.Many, &o, l)
	}
	shape := kernels.PrefillShape{
		Sequences: l.Chunks, Tokens: int64(l.ChunkTokens),
		Pairs: share(l.ChunkPairs[o.Reach], o.KeyShare), Keys: share(l.ChunkKeys[o.Reach], o.KeyShare),
		Heads: o.Heads, KVHeads: o.KVHeads, KeyDim: o.KeyDim, ValueDim: o.ValueDim, KV: m.Plan.Precision.KV,
		Chosen: m.chosen(o)}
	switch o.Form {
	case arch.Absorbed:
		// The law was fitted where queries see thousands of keys. Where they see few, what goes in and comes out
		// takes longer.
		w := o.Work(l, &m.Plan.Precision)
		return max(m.Kernels.SparsePrefill.Time(m.Device, shape), m.delivery(w.StateBytes+w.OtherBytes))
	case arch.Expanded:
		return m.Kernels.LatentPrefill.Time(m.Device, shape)
	case arch.Indexer:
		return m.Kernels.Indexer.Prefill(m.Device, shape)
	default:
		return m.Kernels.Prefill.Time(m.Device, shape)
	}
}

// chosen is the number of keys that an indexer chooses for an attention; 0 where none does.
func (m *Model) chosen(o arch.Attention) int {
	if r := m.Reaches()[o.Reach]; r.Kind == arch.TopK {
		return r.Size
	}
	return 0
}

func share(n int64, part float64) int64 {
	if part == 1 {
		return n
	}
	return int64(float64(n) * part)
}

func recurrenceShape(o arch.Recurrence, sequences, tokens int) kernels.RecurrenceShape {
	return kernels.RecurrenceShape{
		Kind: o.Kind, Sequences: sequences, Tokens: tokens, KeyHeads: o.KeyHeads, Heads: o.Heads,
		KeyDim: o.KeyDim, ValueDim: o.ValueDim, ConvWidth: o.ConvWidth, ConvDim: o.ConvDim}
}

// sharedTime is the time of an operator that the data-parallel ranks run together.
func (m *Model) sharedTime(op arch.Op, s sharedLoad) units.Seconds {
	switch o := op.(type) {
	case arch.Experts:
		return m.expertsTime(o, s) + m.exchangeTime(o, s)
	case arch.Reduce:
		if o.OverExperts && m.Plan.DP == 1 {
			return m.reduceTime(m.Plan.TP, int64(s.rows), o.Values)
		}
	}
	return 0
}

// expertsTime is the time of the rank with most tokens, and no less than the memory takes to deliver the
// weights: see keyDelivery.
func (m *Model) expertsTime(o arch.Experts, s sharedLoad) units.Seconds {
	weights := m.Plan.Precision.Of(arch.GroupExperts, o.Stored)
	t := m.Kernels.Experts.Time(m.Device, kernels.ExpertsShape{
		Tokens: s.tokens, Hidden: o.Hidden, Inter: o.Inter, TopK: o.TopK, Experts: o.Experts, Ranks: o.Ranks,
		Shared:   o.Shared,
		Gated:    o.Gated,
		Delivery: m.delivered(o, &s), Here: m.arriving(o, &s),
		Weights: weights, Activations: m.Plan.Precision.ActivationsFor(weights), Routing: m.Routing})
	return max(t, m.delivery(m.expertsWork(o, s.tokens).WeightBytes))
}

// delivered is how tokens come to a layer's experts: data-parallel ranks exchange them where they share the
// experts.
func (m *Model) delivered(o arch.Experts, s *sharedLoad) kernels.Delivery {
	switch {
	case m.Plan.DP == 1 || m.gathers(o):
		return kernels.Gathered
	case s.mixed:
		return kernels.Sent
	default:
		return kernels.SentFew
	}
}

// arriving is how many tokens a rank is given by an exchange; 0 where every rank has all.
func (m *Model) arriving(o arch.Experts, s *sharedLoad) int {
	if m.delivered(o, s) == kernels.Gathered {
		return 0
	}
	return kernels.Arriving(s.tokens, o.TopK, o.Ranks)
}

// exchangeTime is the time of moving tokens between data-parallel ranks and the ranks that hold their
// experts. With one data-parallel rank every rank has every token, and the sum over experts is the layer's
// all-reduce.
func (m *Model) exchangeTime(o arch.Experts, s sharedLoad) units.Seconds {
	if m.Plan.DP == 1 {
		return 0
	}
	dispatch, combine := m.exchangeTimes(o, s)
	return dispatch + combine
}

// exchangeTimes are those of bringing data-parallel ranks' tokens to experts, and of bringing back what
// these make of them.
func (m *Model) exchangeTimes(o arch.Experts, s sharedLoad) (dispatch, combine units.Seconds) {
	p := &m.Plan
	ranks := p.TP * p.DP
	if m.gathers(o) { // gather every token, compute a share of the experts, add up
		bytes := m.tokenBytes(s.rows, o.Hidden)
		return m.Kernels.Collective.AllGather(m.Device, ranks, p.NodeRanks(ranks), bytes),
			m.Kernels.Collective.ReduceScatter(m.Device, ranks, p.NodeRanks(ranks), bytes)
	}
	shape := m.exchangeShape(o, s)
	dispatch, combine = m.Kernels.AllToAll.Dispatch(m.Device, shape), m.Kernels.AllToAll.Combine(m.Device, shape)
	// Ranks that share each expert add up their slices; attention's ranks then gather the tokens that they
	// split.
	combine += m.reduceTime(ranks/o.Ranks, int64(s.fullest), o.Hidden)
	if p.TP > 1 {
		bytes := m.tokenBytes(s.fullest, o.Hidden)
		combine += m.Kernels.Collective.AllGather(m.Device, p.TP, p.NodeRanks(p.TP), bytes)
	}
	return dispatch, combine
}

func (m *Model) exchangeShape(o arch.Experts, s sharedLoad) kernels.AllToAllShape {
	p := &m.Plan
	return kernels.AllToAllShape{
		Tokens: units.CeilDiv(s.fullest, p.TP), Hidden: o.Hidden, TopK: o.TopK, Experts: o.Experts,
		Ranks: o.Ranks, RanksPerNode: p.NodeRanks(o.Ranks), Format: p.Precision.Activations,
		LowLatency: !s.mixed, GroupsTaken: o.GroupsTaken, Groups: o.Groups}
}

// stageTransfers is the time of passing a microbatch's activations from stage to stage, once round the
// pipeline.
func (m *Model) stageTransfers(rows int64) units.Seconds {
	if m.Plan.PP == 1 || rows == 0 {
		return 0
	}
	bytes := m.tokenBytes(int(rows), m.Model.Hidden)
	one := m.Kernels.Collective.SendRecv(m.Device, m.Plan.TP*m.Plan.PP <= m.Plan.GPUsPerNode, bytes)
	return units.Seconds(units.Seconds(m.Plan.PP) * one)
}

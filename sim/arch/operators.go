package arch

import (
	"errors"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// LayerOps are the operators of one part of a layer, or of the model's ends, on one rank.
type LayerOps struct {
	Name  string // the part's name in the catalogue
	Kind  string // its kind: "attention", "moe", …, "embedding", "head"
	Count int    // how often a step runs it: once for each layer that has it
	Ops   []Op
}

// Operators lists what one rank of a split runs in a step, over all pipeline stages: the embedding, the
// different parts of the layers with how often each occurs, and the head.
func (m *Model) Operators(s Split) []LayerOps {
	list := []LayerOps{{Name: "embedding", Kind: "embedding", Count: 1, Ops: m.embeddingOps()}}
	if m.Joined > 0 {
		list = append(list, LayerOps{Name: "join", Kind: "join", Count: 1, Ops: m.joinOps()})
	}
	seen := map[Part]int{} // parts are pointers: layers that share one have equal operators
	add := func(part Part, name string, repeat int, shares bool, inner func() []Op) {
		if at, ok := seen[part]; ok {
			list[at].Count += repeat
			return
		}
		seen[part] = len(list)
		list = append(list, LayerOps{Name: name, Kind: part.Kind(), Count: repeat,
			Ops: m.withNorms(shares, storedOps(inner(), m.apart[part]))})
	}
	for _, b := range m.Stack {
		if b.Mixer != nil {
			names := strings.Split(b.MixerName, "+")
			for i, part := range Members(b.Mixer) {
				add(part, names[i], b.Repeat, i > 0, func() []Op {
					return part.(Mixer).Operators(m.Hidden, s, m.reachIndex)
				})
			}
		}
		if b.FFN != nil {
			names := strings.Split(b.FFNName, "+")
			for i, part := range Members(b.FFN) {
				add(part, names[i], b.Repeat, i > 0 || m.Parallel && b.Mixer != nil, func() []Op {
					return part.(FFN).Operators(m.Hidden, s)
				})
			}
		}
	}
	if m.LayerWidth > 0 {
		list = append(list, LayerOps{Name: "layer_embeddings", Kind: "embedding", Count: m.Layers(), Ops: []Op{
			GEMM{Name: "layer_gate", N: m.LayerWidth, K: m.Hidden, Rows: EveryToken, Group: GroupSmall},
			GEMM{Name: "layer_back", N: m.Hidden, K: m.LayerWidth, Rows: EveryToken, Group: GroupSmall},
			Pointwise{Name: "layer_add", Values: 3*m.Hidden + 4*m.LayerWidth, Rows: EveryToken}}})
	}
	list = append(list, m.altupOps()...)
	return append(list, LayerOps{Name: "head", Kind: "head", Count: 1, Ops: m.headOps(s)})
}

// altupOps are those of alternating updates and of the second residual branch: in each layer the
// coefficients, all vectors read and written to predict them and again to correct them, and the branch's two
// products with its norm; at the ends the vectors made of the embedding, and one made of them.
func (m *Model) altupOps() []LayerOps {
	small := func(name string, n, k int) Op {
		return GEMM{Name: name, N: n, K: k, Rows: EveryToken, Group: GroupSmall}
	}
	var inner []Op
	if m.Altup > 1 {
		inner = append(inner, small("altup_router", m.Altup, m.Hidden), small("altup_router", m.Altup, m.Hidden),
			Pointwise{Name: "altup_predict", Values: (2*m.Altup + 2) * m.Hidden, Rows: EveryToken},
			Pointwise{Name: "altup_correct", Values: (2*m.Altup + 3) * m.Hidden, Rows: EveryToken})
	}
	if m.LaurelRank > 0 {
		inner = append(inner, small("laurel_left", m.LaurelRank, m.Hidden), small("laurel_right", m.Hidden, m.LaurelRank),
			Pointwise{Name: "laurel_norm", Values: 4 * m.Hidden, Rows: EveryToken})
	}
	if inner == nil {
		return nil
	}
	list := []LayerOps{{Name: "altup", Kind: "altup", Count: m.Layers(), Ops: inner}}
	if m.Altup > 1 {
		others := (m.Altup - 1) * m.Hidden
		list = append(list, LayerOps{Name: "altup_ends", Kind: "altup", Count: 1, Ops: []Op{
			small("altup_in", others, m.Hidden), small("altup_out", others, m.Hidden),
			Pointwise{Name: "altup_mean", Values: (m.Altup + 1) * m.Hidden, Rows: EveryToken}}})
	}
	return list
}

// withNorms puts the norm before a part, which also adds the part before to the residual stream: two vectors
// read, two written. Gemma norms what comes out once more.
// A part that shares the norm of the one before it has its result added to that one's.
func (m *Model) withNorms(shares bool, inner []Op) []Op {
	first := Pointwise{Name: "norm", Values: 4 * m.Hidden, Rows: EveryToken}
	if shares {
		first = Pointwise{Name: "add", Values: 3 * m.Hidden, Rows: EveryToken}
	}
	ops := append([]Op{first}, inner...)
	if m.Streams > 1 && !shares {
		// All streams are read to mix the weights and the part's input, and again to be mixed with its
		// output.
		ops = append([]Op{
			GEMM{Name: "mix", N: m.mixed(), K: m.Streams * m.Hidden, Rows: EveryToken, Group: GroupSmall},
			Pointwise{Name: "streams", Values: (3*m.Streams + 2) * m.Hidden, Rows: EveryToken},
		}, ops...)
	}
	if m.PostNorms {
		ops = append(ops, Pointwise{Name: "post_norm", Values: 2 * m.Hidden, Rows: EveryToken})
	}
	return ops
}

// embeddingOps looks tokens up in a table that ranks divide by vocabulary, so that they then add up.
func (m *Model) embeddingOps() []Op {
	values := 2 * m.Hidden
	if m.PositionEmbeddings > 0 {
		values += 3 * m.Hidden // the position's vector and the sum read, the sum written
	}
	if m.LookupRows > 0 {
		values += 3 * m.Hidden
	}
	if m.EmbeddingNorm {
		values += 2 * m.Hidden
	}
	ops := []Op{
		Pointwise{Name: "embedding", Values: values, Rows: EveryToken},
		Reduce{Name: "embedding_reduce", Values: m.embedded(), Rows: EveryToken},
	}
	if m.EmbeddingWidth > 0 {
		ops = append(ops, GEMM{Name: "embedding_in", N: m.Hidden, K: m.EmbeddingWidth, Rows: EveryToken, Group: GroupHead})
	}
	return ops
}

// headOps are the last norm, the logits and the choice of a token. Ranks divide the vocabulary (rounded up,
// as engines pad it) and gather their logits: an all-gather moves half of what an all-reduce of as many
// values does, because an all-reduce is a reduce-scatter and an all-gather.
func (m *Model) headOps(s Split) []Op {
	var ops []Op
	if m.FinalNorm {
		ops = append(ops, Pointwise{Name: "final_norm", Values: 4 * m.Hidden, Rows: EveryToken})
	}
	if m.EmbeddingWidth > 0 {
		ops = append(ops, GEMM{Name: "embedding_out", N: m.EmbeddingWidth, K: m.Hidden, Rows: SampledRows, Group: GroupHead})
	}
	return append(ops,
		GEMM{Name: "lm_head", N: units.CeilDiv(m.Vocab, s.TP), K: m.embedded(), Rows: SampledRows, Group: GroupHead,
			Stored: m.logitsStored()},
		Reduce{Name: "gather_logits", Values: (m.Vocab + 1) / 2, Rows: SampledRows},
		// Greedy sampling: bf16 logits read, written in fp32 and read again (two values' worth each).
		Pointwise{Name: "sample", Values: 5 * m.Vocab, Rows: SampledRows})
}

// reachIndex is the index of r in Reaches, of which Build made sure that it is there.
func (m *Model) reachIndex(r Reach) int {
	for i, known := range m.reaches {
		if known == r {
			return i
		}
	}
	return 0
}

// collectReaches finds the stack's reaches by asking every mixer for its operators.
func (m *Model) collectReaches() error {
	m.reaches = []Reach{{}}
	for _, b := range m.Stack {
		if b.Mixer == nil {
			continue
		}
		b.Mixer.Operators(m.Hidden, Whole, func(r Reach) int {
			if i := m.reachIndex(r); m.reaches[i] == r {
				return i
			}
			m.reaches = append(m.reaches, r)
			return len(m.reaches) - 1
		})
		if len(m.reaches) > MaxReaches {
			return &fault.Error{Key: "stack", Wrong: "layers have more than 4 different reaches (windows, chunks, top-k)"}
		}
	}
	return nil
}

// CheckSplit reports a field that the ranks of a split cannot divide.
func (m *Model) CheckSplit(s Split) error {
	check := func(part Part, name string) error {
		err := part.CheckSplit(s)
		if wrong := (*fault.Error)(nil); errors.As(err, &wrong) {
			return &fault.Error{Key: name + "." + wrong.Key, Wrong: wrong.Wrong, Right: wrong.Right}
		}
		return err
	}
	for _, b := range m.Stack {
		if b.Mixer != nil {
			if err := check(b.Mixer, b.MixerName); err != nil {
				return err
			}
		}
		if b.FFN != nil {
			if err := check(b.FFN, b.FFNName); err != nil {
				return err
			}
		}
	}
	return nil
}

// Work is what one rank of a split computes and moves in a step with a load.
func (m *Model) Work(l *Load, p *Precision, s Split) Work {
	var sum Work
	for _, layer := range m.Operators(s) {
		for _, op := range layer.Ops {
			sum = sum.plus(op.Work(l, p), layer.Count)
		}
	}
	return sum
}

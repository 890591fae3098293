package arch

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// A drafter proposes tokens for a larger model to verify. Some are layers that only work beside that model:
// they take its hidden states, and its embedding and head are theirs. As models they have one layer each.

// NextDrafter is the drafter that a model was published with: its first layer of multi-token prediction,
// which engines run again and again for tokens further ahead (vllm/v1/spec_decode/eagle.py). It is an error
// where there is none.
func (m *Model) NextDrafter() (*Model, error) {
	if len(m.MTP) == 0 {
		return nil, &fault.Error{Wrong: m.Name + " was published without layers of multi-token prediction"}
	}
	d := m.drafter("mtp")
	for _, b := range m.MTP {
		b.Repeat = 1
		d.Stack = append(d.Stack, b)
	}
	d.Joined = 2
	return d, d.collectReaches()
}

// Of published EAGLE-3 heads (lmsys and RedHatAI on Hugging Face, as SpecForge and speculators train them):
const (
	eagleVocab = 32000 // draft_vocab_size of all: the most frequent tokens
	eagleTaps  = 3     // layers of the served model whose hidden states they take (arXiv:2503.01840, §3.1)
	// how much wider than the model their feed-forward part is where that of the model is a mixture: those of
	// gpt-oss-120b and Qwen3-235B-A22B
	eagleWidening = 6
)

// EagleDrafter is an EAGLE-3 head for a model: one layer with its mixer and a dense feed-forward part. The
// projection of the hidden states is run in every pass; in those after the first it stands for that of a
// token's embedding beside the hidden state, which makes the mixer's input twice as wide.
func (m *Model) EagleDrafter() (*Model, error) {
	d := m.drafter("eagle3")
	b := m.Stack[len(m.Stack)-1]
	for _, other := range slices.Backward(m.Stack) {
		if other.Mixer != nil {
			b = other
			break
		}
	}
	b.Repeat, b.Norms, b.FFNName, b.Again = 1, 3, "dense", false
	b.FFN = m.eagleFFN()
	d.Stack, d.Joined, d.Vocab, d.TiedHead = []Block{b}, eagleTaps, eagleVocab, false
	return d, d.collectReaches()
}

// eagleFFN is the model's own dense feed-forward part where it has one.
func (m *Model) eagleFFN() FFN {
	for _, b := range m.Stack {
		if dense, ok := b.FFN.(*Dense); ok {
			return dense
		}
	}
	return &Dense{Width: eagleWidening * m.Hidden, Gated: true}
}

// drafter is a model without layers between the embedding and the head of m.
func (m *Model) drafter(name string) *Model {
	return &Model{Name: m.Name + " " + name, Source: m.Source, Hidden: m.Hidden, Vocab: m.Vocab,
		MaxContext: m.MaxContext, TiedHead: m.TiedHead, FinalNorm: true, NormBias: m.NormBias,
		PlainNorms: m.PlainNorms, Published: m.Published, FP8: m.FP8, apart: m.apart,
		embeddingStored: m.embeddingStored, headStored: m.headStored}
}

// joinOps make one vector of a token's embedding and hidden states: their norms and the projection.
func (m *Model) joinOps() []Op {
	return []Op{
		Pointwise{Name: "join_norms", Values: 2 * m.Joined * m.Hidden, Rows: EveryToken},
		GEMM{Name: "join", N: m.Hidden, K: m.Joined * m.Hidden, Rows: EveryToken, Group: GroupSmall},
	}
}

// EagleBytesPerRank is the size of a drafter of EagleDrafter on one rank of a split: its layer, the
// projection, and its head, which ranks divide.
func (m *Model) EagleBytesPerRank(s Split, p *Precision) units.Bytes {
	tensors := append(m.layerTensors(m.Stack[0]),
		matrix("join", m.Joined*m.Hidden, m.Hidden, GroupSmall, Replicated),
		matrix("lm_head", m.Hidden, m.Vocab, GroupHead, Sharded), m.norms("norms", 1))
	return rankBytes(tensors, s, p)
}

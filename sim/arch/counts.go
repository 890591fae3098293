package arch

import "github.com/roofserve/roofserve/hw/units"

// Params counts the text decoder's parameters: all of them; those that one token touches, with the
// embedding table and the head; and those of the latter that matrices multiply, which leaves out the
// look-up in an untied embedding table (2 FLOPs each a token).
func (m *Model) Params() (total, active, activeGEMM float64) {
	for _, t := range m.endTensors() {
		total += t.Count
		active += t.Active
	}
	for _, b := range m.Stack {
		for _, t := range m.layerTensors(b) {
			total += float64(float64(b.Repeat) * t.Count)
			active += float64(float64(b.Repeat) * t.Active)
		}
	}
	activeGEMM = active
	if !m.TiedHead {
		activeGEMM -= float64(float64(m.Vocab) * float64(m.embedded()))
	}
	return total, active, activeGEMM
}

// endTensors are those outside the stack.
func (m *Model) endTensors() []Tensor { return append(m.firstTensors(), m.lastTensors(m.TiedHead)...) }

// embedded is the width of the embedding table and of the head.
func (m *Model) embedded() int {
	if m.EmbeddingWidth > 0 {
		return m.EmbeddingWidth
	}
	return m.Hidden
}

// firstTensors are those before the stack.
func (m *Model) firstTensors() []Tensor {
	t := []Tensor{matrix("embedding", m.Vocab, m.embedded(), GroupHead, Sharded)}
	t[0].Stored = m.embeddingStored
	if m.EmbeddingWidth > 0 {
		t = append(t, matrix("embedding_in", m.EmbeddingWidth, m.Hidden, GroupHead, Replicated),
			matrix("embedding_out", m.Hidden, m.EmbeddingWidth, GroupHead, Replicated))
	}
	if m.PositionEmbeddings > 0 {
		t = append(t, matrix("positions", m.PositionEmbeddings, m.Hidden, GroupHead, Replicated))
	}
	if m.LookupRows > 0 {
		rows := matrix("lookup", m.LookupRows, m.Hidden, GroupHead, Sharded)
		rows.Active = float64(m.Hidden)
		t = append(t, rows)
	}
	if m.EmbeddingNorm {
		t = append(t, m.norms("embedding_norm", 1))
	}
	if m.LayerWidth > 0 {
		width := m.Layers() * m.LayerWidth
		t = append(t, matrix("layer_embeddings", m.LayerVocab, width, GroupHead, Sharded),
			matrix("layer_projection", m.Hidden, width, GroupHead, Replicated), vector("layer_norm", m.LayerWidth, Replicated))
	}
	if m.Altup > 1 {
		t = append(t, matrix("altup_in", (m.Altup-1)*m.Hidden, m.Hidden, GroupHead, Replicated))
	}
	return t
}

// logitsStored is the format of what makes logits: the head, or the embedding table that is one.
func (m *Model) logitsStored() Stored {
	if m.TiedHead {
		return m.embeddingStored
	}
	return m.headStored
}

// lastTensors are those after the stack; a head that is shared lies with the embedding.
func (m *Model) lastTensors(shared bool) []Tensor {
	var t []Tensor
	if !shared {
		head := matrix("lm_head", m.Vocab, m.embedded(), GroupHead, Sharded)
		head.Stored = m.logitsStored()
		t = append(t, head)
	}
	if m.Streams > 1 {
		t = append(t, vector("head_streams", m.Streams*m.Streams*m.Hidden+m.Streams+1, Replicated))
	}
	if m.Altup > 1 {
		t = append(t, matrix("altup_out", (m.Altup-1)*m.Hidden, m.Hidden, GroupHead, Replicated))
	}
	if m.HeadBias {
		t = append(t, vector("head_bias", m.Vocab, Sharded))
	}
	if m.FinalNorm {
		t = append(t, m.norms("final_norm", 1))
	}
	return t
}

// layerTensors are those of one layer of a block; none where an earlier layer has them.
func (m *Model) layerTensors(b Block) []Tensor {
	if b.Again {
		return nil
	}
	t := []Tensor{m.norms("norms", b.Norms)}
	if m.Streams > 1 { // three mixings of all streams for each part, with a bias each and three scales
		mixed := m.mixed()
		t = append(t, vector("streams", b.parts()*(mixed*m.Streams*m.Hidden+mixed+3), Replicated))
	}
	if m.LayerWidth > 0 { // a gate and a projection back, and a norm
		t = append(t, matrix("layer_gate", 2*m.Hidden, m.LayerWidth, GroupSmall, Replicated),
			m.norms("layer_gate_norm", 1))
	}
	if m.Altup > 1 { // coefficients by which vectors are predicted and corrected, what they follow from, a scale
		coefficients := m.Altup * m.Altup * (1 + m.Altup)
		t = append(t, vector("altup", coefficients+m.Altup*m.Hidden+m.Hidden, Replicated), m.norms("altup_norm", 1))
	}
	if m.LaurelRank > 0 {
		t = append(t, matrix("laurel", 2*m.Hidden, m.LaurelRank, GroupSmall, Replicated), m.norms("laurel_norm", 1))
	}
	if b.Mixer != nil {
		t = append(t, m.tensorsOf(b.Mixer)...)
	}
	if b.FFN != nil {
		t = append(t, m.tensorsOf(b.FFN)...)
	}
	return t
}

// mixed is how many weights hyper-connections compute for each token and part: into it, out of it, and
// between streams.
func (m *Model) mixed() int { return (2 + m.Streams) * m.Streams }

// parts is how many parts a layer of a block has.
func (b Block) parts() int {
	n := 0
	if b.Mixer != nil {
		n++
	}
	if b.FFN != nil {
		n++
	}
	return n
}

// tensorsOf are those of a layer's part, with what is stored apart.
func (m *Model) tensorsOf(part Part) []Tensor {
	if len(m.apart) == 0 {
		return part.Tensors(m.Hidden)
	}
	var all []Tensor
	for _, member := range Members(part) {
		for _, t := range member.Tensors(m.Hidden) {
			t.Stored = m.apart[member][t.Name]
			all = append(all, t)
		}
	}
	return all
}

func (m *Model) norms(name string, n int) Tensor {
	if m.NormBias {
		n *= 2
	}
	if m.PlainNorms {
		n = 0
	}
	return vector(name, n*m.Hidden, Replicated)
}

// MTPParams counts the layers of multi-token prediction: each with a projection of a token's embedding and
// the hidden state to the model's width, the norms of both, and a norm before the head, which like the
// embedding is the model's own (DeepSeek-V3, arXiv:2412.19437, §2.2).
func (m *Model) MTPParams() float64 {
	var sum float64
	for _, t := range m.mtpTensors() {
		sum += t.Count
	}
	return sum
}

// mtpTensors are those of all layers of multi-token prediction.
func (m *Model) mtpTensors() []Tensor {
	var all []Tensor
	for _, b := range m.MTP {
		layer := m.layerTensors(b)
		if b.Mixer != nil { // rather than the second half of a layer (Nemotron 3)
			layer = append(layer, matrix("mtp_projection", 2*m.Hidden, m.Hidden, GroupSmall, Replicated),
				m.norms("mtp_norms", 3))
		}
		for range b.Repeat {
			all = append(all, layer...)
		}
	}
	return all
}

// MTPBytesPerRank is the size of the layers of multi-token prediction that one rank of a split holds where
// they serve.
func (m *Model) MTPBytesPerRank(s Split, p *Precision) units.Bytes {
	return rankBytes(m.mtpTensors(), s, p)
}

// WeightBytes is the size of all parameters of the decoder, once.
func (m *Model) WeightBytes(p *Precision) units.Bytes {
	layers, ends := m.WeightBytesPerRank(Whole, p)
	return layers + ends
}

// WeightBytesPerRank is the size of the parameters that one rank of a split holds, over all pipeline stages:
// those of the layers, and those of the embedding and the head.
func (m *Model) WeightBytesPerRank(s Split, p *Precision) (layers, ends units.Bytes) {
	for _, b := range m.Stack {
		layers += units.Bytes(units.Bytes(b.Repeat) * rankBytes(m.layerTensors(b), s, p))
	}
	return layers + m.wideBytes(s, p), rankBytes(m.endTensors(), s, p)
}

// wideBytes is what dense parts that stay in bf16 take more than the others.
func (m *Model) wideBytes(s Split, p *Precision) units.Bytes {
	if p.WideFFNs == 0 || m.Stack[0].FFN == nil {
		return 0
	}
	wide := *p
	wide.Dense = units.BF16
	tensors := m.Stack[0].FFN.Tensors(m.Hidden)
	return units.Bytes(p.WideFFNs) * (rankBytes(tensors, s, &wide) - rankBytes(tensors, s, p))
}

// EndBytesPerRank is the size of what one rank of the first pipeline stage holds before its layers, and one
// of the last stage after them. Stages share nothing: the last one has a copy of an embedding that is the
// head too.
func (m *Model) EndBytesPerRank(s Split, p *Precision) (first, last units.Bytes) {
	return rankBytes(m.firstTensors(), s, p), rankBytes(m.lastTensors(false), s, p)
}

func rankBytes(tensors []Tensor, s Split, p *Precision) units.Bytes {
	var sum units.Bytes
	for _, t := range tensors {
		sum += p.Of(t.Group, t.Stored).Bytes(t.OnRank(s))
	}
	return sum
}

// KVBytesPerToken is what a token of context adds to the caches of all layers while it is within every
// layer's reach, all ranks together and unreplicated.
func (m *Model) KVBytesPerToken(p *Precision) units.Bytes {
	var sum units.Bytes
	for _, k := range m.Caches(p) {
		sum += units.Bytes(units.Bytes(k.Layers) * k.BytesPerToken)
	}
	return sum
}

// Cache is the state of the layers of one kind.
type Cache struct {
	Name                  string // the mixer's name in the catalogue
	Kind                  string // its kind
	Reach                 Reach  // of its cache with most values; Full where there is none
	Layers                int
	BytesPerToken         units.Bytes // of one layer, while the token is within reach
	ConstantBytesPerLayer units.Bytes // of one layer and one sequence
}

// Caches lists the state of each different mixer of the stack.
func (m *Model) Caches(p *Precision) []Cache {
	var list []Cache
	seen := map[Mixer]int{}
	for _, b := range m.Stack {
		if b.Mixer == nil {
			continue
		}
		if at, ok := seen[b.Mixer]; ok {
			list[at].Layers += b.Repeat
			continue
		}
		seen[b.Mixer] = len(list)
		state := b.Mixer.State()
		c := Cache{Name: b.MixerName, Kind: b.Mixer.Kind(), Layers: b.Repeat,
			ConstantBytesPerLayer: state.ConstantBytes(FP32State)}
		most := units.Bytes(0)
		for _, t := range state.Tokens {
			c.BytesPerToken += t.Bytes(p)
			if t.Bytes(p) > most {
				most, c.Reach = t.Bytes(p), t.Reach
			}
		}
		list = append(list, c)
	}
	return list
}

// StateBytesPerSequence is the constant state of all layers for one sequence: recurrent state in fp32 and the
// inputs of short convolutions in bf16.
func (m *Model) StateBytesPerSequence() units.Bytes { return m.StateBytesUnder(FP32State) }

// StateBytesUnder is the same under an engine that keeps so many bytes for a recurrent value where it may.
func (m *Model) StateBytesUnder(engine units.Bytes) units.Bytes {
	var sum units.Bytes
	for _, b := range m.Stack {
		if b.Mixer != nil {
			state := b.Mixer.State()
			sum += units.Bytes(units.Bytes(b.Repeat) * state.ConstantBytes(m.Recurrent(state, engine)))
		}
	}
	return sum
}

// StateBytesAt is all that a sequence keeps at a context of so many tokens, all ranks together and
// unreplicated.
func (m *Model) StateBytesAt(context int, p *Precision) units.Bytes {
	sum := m.StateBytesPerSequence()
	for _, b := range m.Stack {
		if b.Mixer == nil {
			continue
		}
		for _, t := range b.Mixer.State().Tokens {
			sum += units.Bytes(units.Bytes(b.Repeat) * units.Bytes(t.Reach.Keys(context)) * t.Bytes(p))
		}
	}
	return sum
}

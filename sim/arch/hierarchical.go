package arch

// Hierarchical is attention on three levels whose outputs a gate mixes, as the article that roofserve
// reproduces infers it for Kimi 1.5: a sliding window of Window tokens, every Stride-th token of the whole
// context, and a summary token for every Interval tokens. Each level keeps keys and values of its own: min(s,
// Window) + s/Stride + s/Interval tokens at a context of s.
type Hierarchical struct {
	Heads    int `toml:"heads"`
	KVHeads  int `toml:"kv_heads"`
	HeadDim  int `toml:"head_dim"`
	Window   int `toml:"window"`
	Stride   int `toml:"stride"`
	Interval int `toml:"interval"`
}

// levels is the number of outputs that the gate mixes.
const levels = 3

// Kind is "hierarchical".
func (a *Hierarchical) Kind() string { return "hierarchical" }

// Validate reports a field that makes no sense.
func (a *Hierarchical) Validate(hidden int) error {
	return first(
		a.heads().Validate(hidden),
		dimension("window", a.Window),
		dimension("stride", a.Stride),
		dimension("interval", a.Interval),
	)
}

// CheckSplit reports heads that tensor parallelism cannot divide.
func (a *Hierarchical) CheckSplit(s Split) error { return a.heads().CheckSplit(s) }

// heads is one level's attention, whose projections all levels share.
func (a *Hierarchical) heads() *MultiHead {
	return &MultiHead{Heads: a.Heads, KVHeads: a.KVHeads, HeadDim: a.HeadDim, Rope: true}
}

// Tensors are attention's and the gate's: one value for each level and head.
func (a *Hierarchical) Tensors(hidden int) []Tensor {
	return append(a.heads().Tensors(hidden), matrix("gate", hidden, levels*a.Heads, GroupAttention, Sharded))
}

// level is what one of the three levels sees.
type level struct {
	name  string
	reach Reach
	share float64
}

func (a *Hierarchical) levels() [levels]level {
	return [levels]level{
		{"window_attention", Reach{Kind: Window, Size: a.Window}, 1},
		{"strided_attention", Reach{}, 1 / float64(a.Stride)},
		{"global_attention", Reach{}, 1 / float64(a.Interval)},
	}
}

// State is keys and values of each level's tokens.
func (a *Hierarchical) State() State {
	var s State
	for _, l := range a.levels() {
		s.Tokens = append(s.Tokens, TokenState{
			Reach: l.reach, Values: 2 * float64(a.KVHeads) * float64(a.HeadDim), KeyShare: l.share,
			KVHeads: a.KVHeads})
	}
	return s
}

// Operators are attention's projections, the three levels, their gated sum and the output GEMM.
func (a *Hierarchical) Operators(hidden int, s Split, reach func(Reach) int) []Op {
	heads, kvHeads := a.Heads/s.TP, max(1, a.KVHeads/s.TP)
	ops := append(a.heads().project(hidden, heads, kvHeads),
		GEMM{Name: "gate", N: levels * heads, K: hidden, Rows: EveryToken, Group: GroupAttention})
	for _, l := range a.levels() {
		ops = append(ops, Attention{
			Name: l.name, Form: Grouped, Phase: EveryToken, Heads: heads, KVHeads: kvHeads,
			KeyDim: a.HeadDim, ValueDim: a.HeadDim, Reach: reach(l.reach), KeyShare: l.share})
	}
	ops = append(ops, Pointwise{Name: "mix", Values: (levels + 1) * heads * a.HeadDim, Rows: EveryToken})
	return append(ops, outputOps(hidden, heads*a.HeadDim)...)
}

package arch

// Model is a decoder: an embedding, a stack of blocks and a head. It is immutable once validated.
type Model struct {
	Name       string   // the catalogue's short name
	ID         string   // Hugging Face id; empty where there is none
	Source     string   // where the figures come from
	Inferred   []string // fields that are estimates, not published
	Hidden     int
	Vocab      int
	MaxContext int  // published context in tokens
	TiedHead   bool // the LM head is the embedding table
	FinalNorm  bool
	// PositionEmbeddings is the number of learned positions (GPT-3); 0 with rotary embedding.
	PositionEmbeddings int
	Published          Precision // formats of the published checkpoint
	Stack              []Block

	reaches []Reach
}

// Block is a run of equal layers. A layer is a mixer, a feed-forward part, or both.
type Block struct {
	Repeat int
	Mixer  Mixer // nil: none
	FFN    FFN   // nil: none
	Norms  int   // norm vectors of Hidden values in each layer
}

// Reaches are the different reaches of the stack's attention layers: at most MaxReaches, element 0 always Full.
func (m *Model) Reaches() []Reach { return m.reaches }

// Split says over how many ranks each part of a layer is divided.
type Split struct {
	TP          int // tensor-parallel ranks of the mixer and of dense feed-forward parts
	ExpertTP    int // ranks that share each routed expert
	ExpertRanks int // expert-parallel ranks that share the set of experts
}

// Mixer is the part of a layer that moves information between tokens. One mixer is one file of this package.
type Mixer interface {
	Kind() string
	// Validate reports a field that makes no sense, by its catalogue name.
	Validate(hidden int) error
	// Tensors lists every parameter tensor of one layer, biases and inner norms included.
	Tensors(hidden int) []Tensor
	// State is what one layer keeps for a sequence.
	State() State
	// Operators lists what one rank runs in one layer, in order. reach gives the index in Model.Reaches of a reach that State named.
	Operators(hidden int, s Split, reach func(Reach) int) []Op
}

// FFN is the feed-forward part of a layer.
type FFN interface {
	Kind() string
	Validate(hidden int) error
	Tensors(hidden int) []Tensor
	Operators(hidden int, s Split) []Op
}

// Shard says how tensor parallelism divides a tensor.
type Shard uint8

// Ways to divide a tensor.
const (
	Replicated      Shard = iota // every rank holds all of it
	Sharded                      // divided by Split.TP
	ShardedKVHeads               // divided by min(TP, KV heads), replicated beyond
	ShardedByExpert              // divided by ExpertRanks·ExpertTP
)

// Tensor is a set of parameters of one layer.
type Tensor struct {
	Name   string
	Count  float64 // parameters in one layer, all ranks together, unreplicated
	Active float64 // parameters that one token touches (fewer than Count for routed experts)
	Group  Group
	Shard  Shard
	Heads  int // for ShardedKVHeads: the number of KV heads
}

// State is what one layer keeps for each sequence.
type State struct {
	// Tokens are the caches that grow with context, each up to its reach.
	Tokens []TokenState
	// Constant values for each sequence, whatever its context.
	RecurrentValues float64 // kept in fp32
	ConvValues      float64 // kept in bf16
	// Heads by which tensor parallelism divides the constant state.
	ConstantHeads int
}

// TokenState is a cache with some values for each token in reach.
type TokenState struct {
	Reach         Reach
	Values        float64 // values for each token, all heads together
	KeyShare      float64 // share of the tokens that is kept: 1, or 1/16 for a stride of 16
	KVHeads       int     // heads by which tensor parallelism divides it; 0: replicated (MLA)
	Quantised     bool    // follows Precision.KV; otherwise the cache keeps its own FixedFormatBytes
	BytesPerValue float64 // for caches that are not quantised with KV (DSA's fp8 indexer keys)
}

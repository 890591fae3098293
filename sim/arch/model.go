package arch

import "github.com/roofserve/roofserve/hw/units"

// NVFP4 is what NVIDIA's nvfp4 checkpoint of a model leaves in bf16. Where nobody has looked it is nothing.
type NVFP4 struct {
	LeavesMixers bool // all projections of mixers
	Outputs      bool // but for those of their outputs
	LeavesDense  bool // dense feed-forward parts and shared experts
}

// Model is a decoder: an embedding, a stack of blocks and a head. It is immutable once built.
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
	NormBias   bool // norms have a bias besides their scale (LayerNorm rather than RMSNorm)
	PostNorms  bool // a norm after each mixer and feed-forward part besides the one before it (Gemma)
	Parallel   bool // a layer's mixer and feed-forward part read the output of one norm (GPT-J, Command R)
	PlainNorms bool // norms have no parameters (OLMo)
	// EmbeddingNorm tells whether embeddings are normed before the first layer (BLOOM).
	EmbeddingNorm bool
	HeadBias      bool // the LM head has a bias (Phi, GPT-J)
	// Streams is how many residual streams hyper-connections mix before and after each part (DeepSeek-V4,
	// §2.2); 0 and 1 are the usual one.
	Streams int
	// LayerVocab and LayerWidth are the size of a table of embeddings that every layer has of its own, and
	// adds through a gate (Gemma 3n, Gemma 4); 0: none.
	LayerVocab, LayerWidth int
	// Altup is how many vectors alternating updates carry for each token, of which every layer computes one
	// and predicts and corrects the others (Baykal et al. 2023, arXiv:2301.13310; Gemma 3n); 0 and 1 are the
	// usual one.
	Altup int
	// LaurelRank is the rank of a second residual branch beside each mixer (arXiv:2411.07501; Gemma 3n); 0:
	// none.
	LaurelRank int
	// PositionEmbeddings is the number of learned positions (GPT-3); 0 with rotary embedding.
	PositionEmbeddings int
	// EmbeddingWidth is that of the embedding table and of the head, where matrices lead from there to the
	// model's and back (OPT-350m, Zhang et al. 2022, arXiv:2205.01068); 0: the model's.
	EmbeddingWidth int
	// LookupRows are those of tables as wide as the model, of which a token reads one row beside its embedding
	// (the n-grams of LongCat-Flash-Lite).
	LookupRows int
	Published  Precision // formats of the published checkpoint
	// FP8 is the format that "fp8" means for this model: that of its vendor's fp8 checkpoint, FP8Block or
	// FP8.
	FP8 units.Format
	// What that checkpoint leaves in bf16: all mixers, and the feed-forward parts of so many layers.
	FP8LeavesMixers bool
	FP8LeavesFFNs   int
	NVFP4           NVFP4

	Stack []Block // runs of equal layers, in order from the embedding to the head
	// MTP are the layers of multi-token prediction, which speculative decoding runs; they are no part of the
	// stack.
	MTP []Block
	// Joined is the number of vectors that a projection makes one of before the first layer, a token's
	// embedding among them: of a drafter, which works beside another model; 0 of others.
	Joined int
	// VisionParams is the number of parameters of vision and audio towers and what projects them; no operator
	// of a decoder's step is theirs.
	VisionParams float64
	// FP32States tells that recurrent states are kept in fp32 whatever the engine's own format
	// (mamba_ssm_dtype).
	FP32States bool

	reaches []Reach
	apart   map[Part]map[string]Stored // by tensor, of the parts that have formats of their own
	// The formats of the embedding table and of the head, where a checkpoint has other ones than 16 bits.
	embeddingStored, headStored Stored
}

// Block is a run of equal layers. A layer is a mixer, a feed-forward part, or both.
type Block struct {
	Repeat int
	Mixer  Mixer // nil: none
	FFN    FFN   // nil: none
	Norms  int   // norm vectors of Hidden values in each layer
	// MixerName and FFNName are the parts' names in the catalogue ("window", "full", "moe").
	MixerName, FFNName string
	// Again tells whether the layers have the weights of earlier ones of the same parts (Ouro): they compute
	// and keep as much as others, and add no parameters.
	Again bool
}

// Reaches are the different reaches of the stack's attention layers: at most MaxReaches, element 0 always
// Full.
func (m *Model) Reaches() []Reach { return m.reaches }

// Layers is the number of layers.
func (m *Model) Layers() int {
	n := 0
	for _, b := range m.Stack {
		n += b.Repeat
	}
	return n
}

// Split says over how many ranks each part of a layer is divided.
type Split struct {
	TP          int // tensor-parallel ranks of the mixer and of dense feed-forward parts
	ExpertTP    int // ranks that share each routed expert
	ExpertRanks int // expert-parallel ranks that share the set of experts
	Redundant   int // replicas of experts that they share as well
}

// Whole is the split of a model that is not divided.
var Whole = Split{TP: 1, ExpertTP: 1, ExpertRanks: 1}

// Part is what mixers and feed-forward parts have in common.
type Part interface {
	// Kind is the part's kind as the catalogue names it ("attention", "moe", …).
	Kind() string
	// Validate reports a field that makes no sense, by its catalogue name.
	Validate(hidden int) error
	// CheckSplit reports a field that the ranks of a split cannot divide, by its catalogue name.
	CheckSplit(s Split) error
	// Tensors lists every parameter tensor of one layer, biases and inner norms included.
	Tensors(hidden int) []Tensor
}

// Mixer is the part of a layer that moves information between tokens. One mixer is one file of this package.
type Mixer interface {
	Part
	// State is what one layer keeps for a sequence.
	State() State
	// Operators lists what one rank runs in one layer, in order. reach gives the index in Model.Reaches of a
	// reach.
	Operators(hidden int, s Split, reach func(Reach) int) []Op
}

// FFN is the feed-forward part of a layer.
type FFN interface {
	Part
	// Operators lists what one rank runs in one layer, in order.
	Operators(hidden int, s Split) []Op
}

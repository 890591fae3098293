package arch

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/strict"
)

// header is the part of a model's document outside its components.
type header struct {
	Name       string       `toml:"name"`
	ID         string       `toml:"id"`
	Aliases    []string     `toml:"aliases"` // models of the same architecture
	Source     string       `toml:"source"`
	Inferred   []string     `toml:"inferred"`
	Hidden     int          `toml:"hidden"`
	Vocab      int          `toml:"vocab"`
	MaxContext int          `toml:"max_context"`
	Tied       bool         `toml:"tied"`
	NormBias   bool         `toml:"norm_bias"`
	PostNorms  bool         `toml:"post_norms"`
	Parallel   bool         `toml:"parallel"`
	PlainNorms bool         `toml:"plain_norms"`
	EmbedNorm  bool         `toml:"embedding_norm"`
	HeadBias   bool         `toml:"head_bias"`
	Positions  int          `toml:"positions"`
	Streams    int          `toml:"streams"`
	LayerVocab int          `toml:"layer_vocab"`
	EmbedWidth int          `toml:"embedding_width"`
	LookupRows int          `toml:"lookup_rows"`
	LayerWidth int          `toml:"layer_width"`
	Altup      int          `toml:"altup"`
	LaurelRank int          `toml:"laurel_rank"`
	Vision     float64      `toml:"vision_params"` // of towers beside the text decoder
	FP32States bool         `toml:"fp32_states"`   // recurrent states, under every engine
	FP8        units.Format `toml:"fp8"`           // of the vendor's fp8 checkpoint; left out: one scale for each tensor
	// What the vendor's fp8 checkpoint leaves in bf16: the mixers, and the feed-forward parts of so many
	// layers.
	FP8LeavesMixers bool `toml:"fp8_leaves_mixers"`
	FP8LeavesFFNs   int  `toml:"fp8_leaves_ffns"`
	// What NVIDIA's nvfp4 checkpoint leaves in bf16: the mixers, all or but for their output projections, and
	// dense parts with shared experts.
	NVFP4LeavesMixers bool         `toml:"nvfp4_leaves_mixers"`
	NVFP4Outputs      bool         `toml:"nvfp4_outputs"`
	NVFP4LeavesDense  bool         `toml:"nvfp4_leaves_dense"`
	Precision         formats      `toml:"precision"`
	Stack             []stackEntry `toml:"stack"`
	MTP               []stackEntry `toml:"mtp"` // layers of multi-token prediction
}

// formats are those of a published checkpoint; what is left out is bf16.
type formats struct {
	Attention   units.Format `toml:"attention"`
	Dense       units.Format `toml:"dense"`
	Experts     units.Format `toml:"experts"`
	Activations units.Format `toml:"activations"`
	KV          units.Format `toml:"kv"`
	// Of the embedding table and of the head, which few checkpoints store in another format.
	Embedding units.Format `toml:"embedding"`
	Head      units.Format `toml:"head"`
}

func (f formats) published() Precision {
	return Precision{Attention: f.Attention, Dense: f.Dense, Experts: f.Experts,
		Activations: f.Activations, KV: f.KV}
}

// apartFrom16Bits is a format that is said of a table alone; bf16 says nothing.
func apartFrom16Bits(f units.Format) Stored { return Stored{Apart: f != units.BF16, Format: f} }

// stackEntry is a run of layers: either of one layer, or of a pattern of layers, repeated.
type stackEntry struct {
	Repeat int          `toml:"repeat"`
	Mixer  string       `toml:"mixer"`
	FFN    string       `toml:"ffn"`
	Layers []layerEntry `toml:"layers"`
	Again  bool         `toml:"again"` // the layers have the weights of earlier ones
}

// layerEntry is one layer of a pattern.
type layerEntry struct {
	Mixer string `toml:"mixer"`
	FFN   string `toml:"ffn"`
}

// Build validates the document and makes a Model of it.
func (s *Spec) Build() (*Model, error) {
	m, err := s.build()
	if err != nil {
		return nil, s.located(err)
	}
	return m, nil
}

func (s *Spec) build() (*Model, error) {
	h, err := s.header()
	if err != nil {
		return nil, err
	}
	if err := first(
		dimension("hidden", h.Hidden), dimension("vocab", h.Vocab), between("max_context", h.MaxContext, 1, maxContext),
		optional("positions", h.Positions), between("streams", h.Streams, 0, 64),
		optional("layer_vocab", h.LayerVocab), optional("layer_width", h.LayerWidth),
		optional("embedding_width", h.EmbedWidth), optional("lookup_rows", h.LookupRows), countable("vision_params", h.Vision),
		between("altup", h.Altup, 0, 64), optional("laurel_rank", h.LaurelRank),
	); err != nil {
		return nil, err
	}
	parts, apart, err := s.parts(h.Hidden)
	if err != nil {
		return nil, err
	}
	if h.FP8 == units.BF16 {
		h.FP8 = units.FP8
	}
	m := &Model{
		Name: h.Name, ID: h.ID, Source: h.Source, Inferred: h.Inferred, Hidden: h.Hidden, Vocab: h.Vocab,
		MaxContext: h.MaxContext,
		TiedHead:   h.Tied, FinalNorm: true, NormBias: h.NormBias, PostNorms: h.PostNorms,
		Parallel: h.Parallel, PlainNorms: h.PlainNorms, EmbeddingNorm: h.EmbedNorm, HeadBias: h.HeadBias,
		PositionEmbeddings: h.Positions, EmbeddingWidth: h.EmbedWidth, LookupRows: h.LookupRows,
		VisionParams: h.Vision, FP32States: h.FP32States, Streams: h.Streams,
		LayerVocab: h.LayerVocab, LayerWidth: h.LayerWidth, Altup: h.Altup, LaurelRank: h.LaurelRank,
		Published: h.Precision.published(), FP8: h.FP8, apart: apart,
		embeddingStored: apartFrom16Bits(h.Precision.Embedding), headStored: apartFrom16Bits(h.Precision.Head),
		FP8LeavesMixers: h.FP8LeavesMixers, FP8LeavesFFNs: h.FP8LeavesFFNs,
		NVFP4: NVFP4{LeavesMixers: h.NVFP4LeavesMixers, Outputs: h.NVFP4Outputs, LeavesDense: h.NVFP4LeavesDense},
	}
	if m.Stack, err = stackOf("stack", h.Stack, h, parts); err != nil {
		return nil, err
	}
	if len(m.Stack) == 0 {
		return nil, &fault.Error{Key: "stack", Wrong: "has no layers", Right: "add [[stack]] with mixer and ffn"}
	}
	if m.MTP, err = stackOf("mtp", h.MTP, h, parts); err != nil {
		return nil, err
	}
	return m, m.collectReaches()
}

// header decodes everything but the components.
func (s *Spec) header() (header, error) {
	tree := maps.Clone(s.tree)
	for _, name := range s.componentNames() {
		delete(tree, name)
	}
	var h header
	err := decodeTable(tree, &h)
	return h, err
}

// parts decodes and validates the components; apart are the formats of their own that some have.
func (s *Spec) parts(hidden int) (parts map[string]Part, apart map[Part]map[string]Stored, err error) {
	parts, apart = map[string]Part{}, map[Part]map[string]Stored{}
	for _, name := range s.componentNames() {
		table := maps.Clone(s.tree[name].(map[string]any))
		kind, ok := table["kind"].(string)
		if !ok {
			return nil, nil, &fault.Error{Key: name, Wrong: "is a component without a kind", Right: "kind must be one of " + strings.Join(Kinds(), ", ")}
		}
		part, err := newPart(kind)
		stored := maps.Clone(table)
		if err == nil {
			delete(table, "kind")
			delete(table, "stored")
			err = decodeTable(table, part)
		}
		if err == nil {
			err = part.Validate(hidden)
		}
		if err == nil {
			var own map[string]Stored
			if own, err = storedApart(stored, part, hidden); own != nil {
				apart[part] = own
			}
		}
		if err != nil {
			return nil, nil, within(err, name)
		}
		parts[name] = part
	}
	return parts, apart, nil
}

// decodeTable fills the struct that into points to from a table, as strictly as a file. The table may have
// been overridden, so it is written as TOML and read again; the errors' lines are those of no file and are
// dropped.
func decodeTable(table map[string]any, into any) error {
	text, err := toml.Marshal(table)
	if err != nil {
		return &fault.Error{Wrong: "cannot be written as TOML: " + err.Error(), Err: err}
	}
	return strict.Decode("", text, into)
}

// fieldNames lists the keys that a part's table may have.
func fieldNames(part Part) []string { return tomlKeys(reflect.TypeOf(part).Elem()) }

// stackOf joins runs of equal layers.
func stackOf(name string, entries []stackEntry, h header, parts map[string]Part) ([]Block, error) {
	var stack []Block
	layers := 0
	for i, entry := range entries {
		key := fmt.Sprintf("%s[%d]", name, i)
		pattern, err := entry.pattern(key)
		if err != nil {
			return nil, err
		}
		repeat := max(entry.Repeat, 1)
		if layers += min(repeat, maxLayers+1) * len(pattern); entry.Repeat < 0 || layers > maxLayers {
			return nil, &fault.Error{Key: key + ".repeat", Wrong: fmt.Sprintf("makes %d layers", entry.Repeat), Right: fmt.Sprintf("a stack has 1 to %d", maxLayers)}
		}
		if len(pattern) == 1 {
			block, err := blockOf(key, pattern[0], parts, h)
			if err != nil {
				return nil, err
			}
			if block.Again = entry.Again; entry.Again && !has(stack, block) {
				return nil, newAgain(key)
			}
			stack = appendRun(stack, block, repeat)
			continue
		}
		for n := range repeat * len(pattern) {
			j := n % len(pattern)
			block, err := blockOf(fmt.Sprintf("%s.layers[%d]", key, j), pattern[j], parts, h)
			if err != nil {
				return nil, err
			}
			if block.Again = entry.Again; entry.Again && !has(stack, block) {
				return nil, newAgain(key)
			}
			stack = appendRun(stack, block, 1)
		}
	}
	return stack, nil
}

// has tells whether layers of the parts of b have weights in a stack.
func has(stack []Block, b Block) bool {
	return slices.ContainsFunc(stack, func(earlier Block) bool {
		return !earlier.Again && earlier.Mixer == b.Mixer && earlier.FFN == b.FFN
	})
}

func newAgain(key string) error {
	return &fault.Error{Key: key + ".again", Wrong: "no earlier layer has these parts",
		Right: "list the layers that have the weights before those that use them again"}
}

func (e stackEntry) pattern(key string) ([]layerEntry, error) {
	if len(e.Layers) == 0 {
		return []layerEntry{{Mixer: e.Mixer, FFN: e.FFN}}, nil
	}
	if e.Mixer != "" || e.FFN != "" {
		return nil, &fault.Error{Key: key, Wrong: "has both layers and mixer or ffn", Right: "keep one of the two"}
	}
	return e.Layers, nil
}

func appendRun(stack []Block, b Block, repeat int) []Block {
	last := len(stack) - 1
	if last >= 0 && stack[last].Mixer == b.Mixer && stack[last].FFN == b.FFN && stack[last].Again == b.Again {
		stack[last].Repeat += repeat
		return stack
	}
	b.Repeat = repeat
	return append(stack, b)
}

// blockOf finds a layer's parts by name.
func blockOf(key string, l layerEntry, parts map[string]Part, h header) (Block, error) {
	b := Block{MixerName: l.Mixer, FFNName: l.FFN}
	if l.Mixer != "" {
		mixer, err := partOf(key+".mixer", l.Mixer, isMixer, parts)
		if err != nil {
			return b, err
		}
		b.Mixer = mixer.(Mixer)
		b.Norms++
	}
	if l.FFN != "" {
		ffn, err := partOf(key+".ffn", l.FFN, isFFN, parts)
		if err != nil {
			return b, err
		}
		b.FFN = ffn.(FFN)
		b.Norms++
	}
	if b.Norms == 0 {
		return b, &fault.Error{Key: key, Wrong: "has neither mixer nor ffn", Right: "name at least one component"}
	}
	if h.Parallel {
		b.Norms = 1
	}
	if h.PostNorms {
		b.Norms *= 2
	}
	return b, nil
}

// partOf finds a part, or puts together those that + joins.
func partOf(key, name string, fits func(Part) bool, parts map[string]Part) (Part, error) {
	if part := parts[name]; part != nil && fits(part) {
		return part, nil
	}
	names := strings.Split(name, "+")
	if len(names) == 1 {
		return nil, unknownPart(key, name, fits, parts)
	}
	var joined beside
	for _, one := range names {
		part := parts[one]
		if part == nil || !fits(part) {
			return nil, unknownPart(key, one, fits, parts)
		}
		joined = append(joined, part)
	}
	parts[name] = &besideFFNs{joined}
	if isMixer(joined[0]) {
		parts[name] = &besideMixers{joined}
	}
	return parts[name], nil
}

func isMixer(p Part) bool { _, ok := p.(Mixer); return ok }

func isFFN(p Part) bool { _, ok := p.(FFN); return ok }

func unknownPart(key, name string, fits func(Part) bool, parts map[string]Part) error {
	var known []string
	for _, candidate := range slices.Sorted(maps.Keys(parts)) {
		if fits(parts[candidate]) {
			known = append(known, candidate)
		}
	}
	return &fault.Error{Key: key, Wrong: fmt.Sprintf("no such component %q", name), Right: names.Suggest(name, known)}
}

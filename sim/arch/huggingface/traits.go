package huggingface

import (
	"maps"
	"strings"
)

// traits say how a family of decoders differs from Llama, and where its files say so. Sizes and switches
// are in the languages of expression.go; what is left out is as in Llama.
type traits struct {
	kvHeads, headDim    string // sizes; kvHeads are as many as heads where no field says otherwise
	multiQuery          string // switch: one KV head
	qkvBias, outputBias string // switches
	qkNorm              string // "head" or "layer"; a switch and a colon before it where a field says whether
	gate                string // switch: an output gate as wide as the queries
	gatePerHead         bool   // one value for each head gates its output
	sinks               bool
	alibi               bool     // no rotation: positions are in the scores, or learned
	window              windowed // which layers see a window
	globalNope          bool     // layers that see everything do not rotate

	width    string // size of the dense feed-forward part
	ungated  bool   // two matrices rather than three
	fourfold bool   // four times the model's width where a file gives none
	mlpBias  string // switch
	experts  *mixture

	tied                          string // switch
	normBias, parallel, postNorms string // switches
	plainNorms, embeddingNorm     bool
	headBias                      string // switch
	positions                     string // size: how many learned positions
	context                       int    // the published context of a family whose files name none
	mtp                           string // size: how many layers of multi-token prediction, equal to the last
	assume                        string // the values of fields that files leave out, blanks between
	also                          string // fields that change nothing, blanks between
	refuse                        string // switches that mean what is not modelled, blanks between
}

// windowed tells which layers of a family see a window of sliding_window tokens.
type windowed uint8

const (
	never   windowed = iota // whatever the file says
	all                     // every layer, where sliding_window is given
	byTypes                 // as layer_types or sliding_window_pattern say; none where neither is there
	second                  // layers 0, 2, 4, … unless layer_types say otherwise
)

// mixture says where the files of a family describe experts.
type mixture struct {
	experts, topK, width string // sizes
	shared               string // size: width of all shared experts together
	sharedGate           string // switches, as those below
	routerBias, bias     string
	ungated              bool
	optional             bool   // a file may say 0 experts, or nothing
	groups               string // the field of group-limited routing
	dense                places // which layers have a dense part instead
	beside               bool   // a dense part works beside the experts in each of their layers
}

// places tells of each layer whether it has a dense part rather than experts.
type places func(c *config) func(l int) bool

// read reads a decoder of equal layers, but for windows and for which have experts.
func (t *traits) read(c *config) *document {
	c.assumeAll(t.assume)
	for _, field := range strings.Fields(t.also) {
		c.value(field)
	}
	for _, expression := range strings.Fields(t.refuse) {
		if c.on(expression) {
			name := strings.Trim(strings.Split(expression, "=")[0], "!")
			c.invalid(name, c.fields[name])
		}
	}
	if t.fourfold {
		c.assume("intermediate_size", 4*c.integer("hidden_size"))
	}
	d := t.begin(c)
	mixer := t.mixers(c, d)
	t.layers(c, d, mixer)
	if t.mtp != "" {
		d.ahead(c, t.mtp)
	}
	return d
}

// begin reads what is the model's rather than a layer's.
func (t *traits) begin(c *config) *document {
	if t.context > 0 {
		c.assume("max_position_embeddings", t.context)
	}
	if t.tied != "" && !c.has("tie_word_embeddings") {
		c.fields["tie_word_embeddings"] = c.on(t.tied)
	}
	d := newDocument(c)
	d.flag("norm_bias", c.on(t.normBias))
	d.flag("parallel", c.on(t.parallel))
	d.flag("post_norms", c.on(t.postNorms))
	d.flag("plain_norms", t.plainNorms)
	d.flag("embedding_norm", t.embeddingNorm)
	d.flag("head_bias", c.on(t.headBias))
	if t.positions != "" {
		setSize(d.tree, "positions", c.sum(t.positions))
	}
	return d
}

// attention reads the mixer of a layer that sees everything.
func (t *traits) attention(c *config) table {
	if t.headDim != "" && !c.has("head_dim") {
		c.fields["head_dim"] = number(c.size(t.headDim))
	}
	if t.kvHeads != "" {
		c.fields["num_key_value_heads"] = number(c.size(t.kvHeads))
	}
	if c.on(t.multiQuery) {
		c.fields["num_key_value_heads"] = number(1)
	}
	mixer := attention(c)
	setFlag(mixer, "qkv_bias", c.on(t.qkvBias))
	setFlag(mixer, "output_bias", c.on(t.outputBias))
	setFlag(mixer, "gate", c.on(t.gate))
	setFlag(mixer, "head_gate", t.gatePerHead)
	setFlag(mixer, "sinks", t.sinks)
	expression, kind, conditional := strings.Cut(t.qkNorm, ":")
	if !conditional {
		expression, kind = "yes", t.qkNorm
	}
	if kind != "" && c.on(expression) {
		mixer["qk_norm"] = kind
	}
	if t.alibi {
		mixer["rope"] = false
	}
	return mixer
}

// mixers reads the attention of all layers and tells which one a layer has.
func (t *traits) mixers(c *config, d *document) func(l int) string {
	base := t.attention(c)
	window, sees := t.windows(c)
	turns := c.turns()
	return func(l int) string {
		name, mixer := "attention", base
		inWindow := sees != nil && sees(l)
		switch {
		case inWindow:
			name, mixer = "window", maps.Clone(base)
			mixer["window"] = int64(window)
		case sees != nil:
			name = "full"
		}
		if t.window == all {
			name = "attention"
		}
		if turns != nil && !turns(l) || t.globalNope && sees != nil && !inWindow {
			mixer = maps.Clone(mixer)
			mixer["rope"] = false
			if turns != nil {
				name += "_nope"
			}
		}
		d.tree[name] = mixer
		return name
	}
}

// turns tells which layers rotate queries and keys, where a file says so layer by layer (1 or true: rotates);
// nil where all do.
func (c *config) turns() func(l int) bool {
	c.value("no_rope_layer_interval")
	list := c.list("no_rope_layers")
	if len(list) == 0 {
		return nil
	}
	return func(l int) bool {
		if l >= len(list) {
			c.fail("no_rope_layers", "is not as long as num_hidden_layers", "name every layer")
			return true
		}
		return !off(list[l])
	}
}

// windows reads how wide windows are, and tells which layers have one; sees is nil where none has.
func (t *traits) windows(c *config) (size int, sees func(l int) bool) {
	for _, said := range []string{"use_sliding_window", "sliding_window_size", "max_window_layers"} {
		c.value(said)
	}
	size = c.integerOr("sliding_window", 0)
	kinds := c.layerTypes()
	pattern := c.value("sliding_window_pattern")
	switch {
	case t.window == never, size == 0, c.has("use_sliding_window") && !c.boolean("use_sliding_window"):
		return 0, nil
	case t.window == all:
		return size, func(int) bool { return true }
	case kinds != nil:
		return size, func(l int) bool { return !c.layerType(kinds, l, "full_attention", "sliding_attention") }
	case t.window == second:
		return size, func(l int) bool { return l%2 == 0 }
	case pattern == nil:
		return 0, nil
	}
	if letters, ok := pattern.(string); ok { // "LLLG": three local layers, a global one
		if letters == "" || strings.Trim(letters, "LG") != "" {
			c.invalid("sliding_window_pattern", letters)
			return 0, nil
		}
		return size, func(l int) bool { return letters[l%len(letters)] == 'L' }
	}
	period := c.integer("sliding_window_pattern")
	if period == 0 {
		return 0, nil
	}
	return size, func(l int) bool { return (l+1)%period != 0 }
}

// dense reads a dense feed-forward part.
func (t *traits) dense(c *config) table {
	width := t.width
	if width == "" {
		width = "intermediate_size"
	}
	ffn := table{"kind": "dense", "width": int64(c.size(width))}
	if t.ungated {
		ffn["gated"] = false
	}
	setFlag(ffn, "bias", c.on(t.mlpBias))
	return ffn
}

// layers places mixers, dense parts and experts.
func (t *traits) layers(c *config, d *document, mixer func(l int) string) {
	e := t.experts
	if e == nil || e.optional && c.size(e.experts+"=0") == 0 {
		d.tree["dense"] = t.dense(c)
		d.repeat(c, func(l int) layer { return layer{mixer(l), "dense"} })
		return
	}
	d.tree["moe"] = e.read(c)
	plain := func(int) bool { return false }
	if e.dense != nil {
		plain = e.dense(c)
	}
	ffn := "moe"
	if e.beside {
		d.tree["dense"], ffn = t.dense(c), "dense+moe"
	}
	c.value("intermediate_size")
	d.repeat(c, func(l int) layer {
		if plain(l) {
			d.tree["dense"] = t.dense(c)
			return layer{mixer(l), "dense"}
		}
		return layer{mixer(l), ffn}
	})
}

// read reads the experts of a layer.
func (e *mixture) read(c *config) table {
	moe := table{"kind": "moe", "experts": int64(c.size(e.experts)), "top_k": int64(c.size(e.topK)),
		"width": int64(c.size(e.width))}
	if e.shared != "" {
		setSize(moe, "shared_width", c.size(e.shared))
	}
	setFlag(moe, "shared_gate", moe["shared_width"] != nil && c.on(e.sharedGate))
	setFlag(moe, "router_bias", c.on(e.routerBias))
	setFlag(moe, "expert_bias", c.on(e.bias))
	if e.ungated {
		moe["gated"] = false
	}
	if e.groups != "" {
		groups(c, moe, e.groups)
	}
	return moe
}

// ahead adds the layers of multi-token prediction, as many as a size says, which are as the stack's last one.
func (d *document) ahead(c *config, size string) {
	if n := c.size(size); n > 0 && len(d.layers) > 0 {
		entry := table{"repeat": int64(n)}
		setLayer(entry, d.layers[len(d.layers)-1])
		d.tree["mtp"] = []any{entry}
	}
}

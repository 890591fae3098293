package huggingface

// document is the model description that a family writes.
type document struct {
	tree   map[string]any
	layers []layer
	again  func(l int) bool // tells which layers have the weights of earlier ones; nil: none
}

// layer names the components of one layer.
type layer struct{ mixer, ffn string }

// table is a component, or another table of the description.
type table = map[string]any

// newDocument reads what every family has. contexts are the fields that may hold the longest context.
func newDocument(c *config) *document {
	context := c.integerOr("model_max_length", 0)
	if context == 0 {
		context = c.integer("max_position_embeddings")
	}
	d := &document{tree: table{
		"hidden":      int64(c.integer("hidden_size")),
		"vocab":       int64(c.integer("vocab_size")),
		"max_context": int64(context),
	}}
	d.flag("tied", c.boolean("tie_word_embeddings"))
	return d
}

// flag sets a field that is off unless it is there.
func (d *document) flag(key string, on bool) { setFlag(d.tree, key, on) }

func setFlag(t table, key string, on bool) {
	if on {
		t[key] = true
	}
}

// setSize sets a size that is none unless it is there.
func setSize(t table, key string, n int) {
	if n != 0 {
		t[key] = int64(n)
	}
}

// stack writes the layers, runs and repeated patterns put together.
func (d *document) stack() {
	var entries []any
	for i := 0; i < len(d.layers); {
		again := d.again != nil && d.again(i)
		rest := d.layers[i:]
		if d.again != nil {
			for n := range rest {
				if d.again(i+n) != again {
					rest = rest[:n]
					break
				}
			}
		}
		period, times := longestRepeat(rest)
		entry := table{"repeat": int64(times)}
		setFlag(entry, "again", again)
		if period == 1 {
			setLayer(entry, d.layers[i])
		} else {
			var pattern []any
			for _, l := range d.layers[i : i+period] {
				one := table{}
				setLayer(one, l)
				pattern = append(pattern, one)
			}
			entry["layers"] = pattern
		}
		entries = append(entries, entry)
		i += period * times
	}
	d.tree["stack"] = entries
}

func setLayer(t table, l layer) {
	if l.mixer != "" {
		t["mixer"] = l.mixer
	}
	if l.ffn != "" {
		t["ffn"] = l.ffn
	}
}

// longestPattern bounds the length of a repeated pattern of layers.
const longestPattern = 16

// longestRepeat finds the pattern at the beginning of layers that, repeated, covers most of them; the
// shortest of equals.
func longestRepeat(layers []layer) (period, times int) {
	period, times = 1, 1
	for p := 1; p <= min(longestPattern, len(layers)/2); p++ {
		n := 1
		for (n+1)*p <= len(layers) && equal(layers[:p], layers[n*p:(n+1)*p]) {
			n++
		}
		if (n > 1 || p == 1) && n*p > period*times {
			period, times = p, n
		}
	}
	return period, times
}

func equal(a, b []layer) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// repeat adds layers that a function names one by one.
func (d *document) repeat(c *config, name func(l int) layer) {
	n := c.integer("num_hidden_layers")
	if n > maxLayers {
		c.fail("num_hidden_layers", "is too large", "a model has at most 8192 layers")
		return
	}
	for l := range n {
		d.layers = append(d.layers, name(l))
	}
	d.stack()
}

// maxLayers is as many as a description may have.
const maxLayers = 1 << 13

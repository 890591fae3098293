package huggingface

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// byHand says which keys take the place of formats that could not be read.
const byHand = "set precision.weights (--weights), or precision.attention, precision.dense and precision.experts, " +
	"to what it stores"

// storage reads how the checkpoint stores its weights: from quantization_config or from what ModelOpt puts
// into a file beside; nil where it stores them in 16 bits.
func (c *config) storage(sidecar *config) *storage {
	name, fields := "quantization_config", c.value("quantization_config")
	for _, other := range []string{"compression_config", "quantization", "quant_config"} {
		if given := c.value(other); isNothing(fields) && given != nil {
			name, fields = other, given
		}
	}
	if isNothing(fields) {
		fields = nil
	}
	q, key := sidecar, "quantization"
	if fields != nil {
		q, key = c.table(name), name
	}
	if q == nil {
		return nil
	}
	defer c.adopt(q)
	title := q.string("quant_method")
	if title == "" {
		title = q.methodByFields()
	}
	if title == "" && q == sidecar {
		title = "modelopt"
	}
	s := &storage{kept: patternsOf(nil)}
	known := methodOf(title)
	if known == nil {
		s.unknown = "this method"
	} else {
		known.read(q, s)
		c.words = append(c.words, q.words...)
	}
	if s.unknown != "" && q.err == nil {
		c.fail(key, fmt.Sprintf("quantisation method %q: %s could not be read", title, s.unknown), byHand)
		return nil
	}
	s.common(q)
	s.family = c.known
	if c.string("expert_dtype") == "fp4" && !s.namesExperts() { // DeepSeek-V4: e2m1 with a scale of 8 bits for each 32
		s.others = append(s.others, exception{patternsOf([]string{"mlp.experts", "ffn.experts"}), scheme{"mxfp4", "fp8"}})
	}
	return s
}

// namesExperts tells whether the checkpoint names modules of experts.
func (s *storage) namesExperts() bool {
	for name := range s.byName {
		if strings.Contains(name, "experts") {
			return true
		}
	}
	return false
}

// isNothing tells whether a field is absent, null or an empty object.
func isNothing(value any) bool {
	fields, ok := value.(map[string]any)
	return value == nil || ok && len(fields) == 0
}

// common reads what most methods have: modules that stay as they are, and the format of the cache.
func (s *storage) common(q *config) {
	if s.kept.empty() {
		var list []string
		for _, name := range []string{"modules_to_not_convert", "ignore", "exclude_modules", "ignored_layers", "exclude",
			"modules_to_not_quantize"} {
			list = append(list, q.texts(name)...)
		}
		s.kept = patternsOf(list)
	}
	kv := q.table("kv_cache_scheme")
	if s.kv == "" && kv.integerOr("num_bits", 0) == 8 {
		s.kv = "fp8"
	}
	q.adopt(kv)
	if s.kv == "" && strings.EqualFold(q.string("kv_cache_quant_algo"), "FP8") {
		s.kv = "fp8"
	}
}

// of is how one module is stored.
func (s *storage) of(module string) scheme {
	if s.plain() {
		return s.most
	}
	if s.kept.match(module) {
		return scheme{}
	}
	if one, ok := s.named(module); ok {
		return one
	}
	for _, other := range s.others {
		if other.modules.match(module) {
			return other.scheme
		}
	}
	return s.most
}

// plain tells whether all linear layers are stored alike.
func (s *storage) plain() bool { return s.kept.empty() && len(s.others) == 0 && len(s.byName) == 0 }

// named is the scheme of a module that the checkpoint names, or of one that holds it.
func (s *storage) named(module string) (scheme, bool) {
	for name := module; ; {
		if one, ok := s.byName[name]; ok {
			return one, true
		}
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return scheme{}, false
		}
		name = name[:dot]
	}
}

// tensor is how one of a component's tensors is stored in layer l: as the first of its possible modules that
// differs from most is. known is false where the names of its modules are not.
func (s *storage) tensor(kind, name string, l int) (one scheme, known bool) {
	names := moduleNames[kind]
	if name == "latent" && s.family != "nemotron_h" || names.tensors[name] == nil {
		return scheme{}, false
	}
	for i, block := range names.blocks {
		if i > 0 && !slices.Contains(otherBlocks[s.family], block) {
			continue
		}
		for _, leaf := range names.tensors[name] {
			if one := s.of(fmt.Sprintf("layers.%d.%s.%s", l, block, leaf)); one != s.most {
				return one, true
			}
		}
	}
	return s.most, true
}

// quantization writes how the checkpoint stores its weights into the description: the format of each group of
// tensors, and those of what is stored apart.
func (c *config) quantization(d *document, sidecar *config, formatsByHand bool) {
	s := c.storage(sidecar)
	if s == nil && formatsByHand && c.err != nil && strings.HasSuffix(c.err.Error(), byHand) {
		c.err = nil
	}
	if s == nil || c.err != nil {
		return
	}
	if s.kept.unread != "" {
		c.warn("quantization_config: pattern %q could not be read", s.kept.unread)
	}
	m, err := arch.FromTree(c.file, d.tree).Build()
	if err != nil {
		return // which the importer reports
	}
	layers := s.layers(m)
	most := s.groupFormats(layers)
	precision := table{}
	for group, name := range groupNames {
		if format := most[group].weights; format != "" {
			precision[name] = format
		}
	}
	if format := activationsOf(most); format != "" {
		precision["activations"] = format
	}
	if s.kv != "" {
		precision["kv"] = s.kv
	}
	s.endFormats(precision)
	d.tree["precision"] = precision
	d.storeApart(layers, most)
}

// groupNames are the groups of tensors that a checkpoint may quantise, by their keys in the description.
var groupNames = [...]string{arch.GroupAttention: "attention", arch.GroupDense: "dense", arch.GroupExperts: "experts"}

// stored is how a tensor of one layer's component is stored.
type stored struct {
	component, tensor string
	group             arch.Group
	params            float64
	scheme            scheme
}

// layers lists, layer by layer, how every tensor of the groups is stored.
func (s *storage) layers(m *arch.Model) [][]stored {
	var all [][]stored
	for _, block := range m.Stack {
		for range block.Repeat {
			var layer []stored
			add := func(component string, part arch.Part) {
				for _, t := range part.Tensors(m.Hidden) {
					group := t.Group.Named()
					if int(group) >= len(groupNames) {
						continue
					}
					one, known := s.tensor(part.Kind(), t.Name, len(all))
					if !known {
						continue // as its group
					}
					if s.experts && group != arch.GroupExperts {
						one = scheme{}
					}
					layer = append(layer, stored{component, t.Name, group, t.Count, one})
				}
			}
			eachPart(block, add)
			all = append(all, layer)
		}
	}
	return all
}

// eachPart calls f for each component of a block, by its name in the description.
func eachPart(block arch.Block, f func(string, arch.Part)) {
	for i, name := range strings.Split(block.MixerName, "+") {
		if block.Mixer != nil {
			f(name, arch.Members(block.Mixer)[i])
		}
	}
	for i, name := range strings.Split(block.FFNName, "+") {
		if block.FFN != nil {
			f(name, arch.Members(block.FFN)[i])
		}
	}
}

// groupFormats is the scheme in which each group stores most of its parameters; that of most modules for a
// group with no tensors.
func (s *storage) groupFormats(layers [][]stored) [len(groupNames)]scheme {
	counts := [len(groupNames)]map[scheme]float64{}
	for _, layer := range layers {
		for _, t := range layer {
			if counts[t.group] == nil {
				counts[t.group] = map[scheme]float64{}
			}
			counts[t.group][t.scheme] += t.params
		}
	}
	var most [len(groupNames)]scheme
	for group, count := range counts {
		if count == nil && (!s.experts || group == int(arch.GroupExperts)) {
			most[group] = s.most
		}
		best := 0.0
		for _, one := range slices.SortedFunc(maps.Keys(count), func(a, b scheme) int {
			return strings.Compare(a.weights+a.activations, b.weights+b.activations)
		}) {
			if count[one] > best {
				best, most[group] = count[one], one
			}
		}
	}
	return most
}

// activationsOf is what most weights are multiplied with: the experts', which are most, or the dense parts'.
func activationsOf(most [len(groupNames)]scheme) string {
	for _, group := range []arch.Group{arch.GroupExperts, arch.GroupDense, arch.GroupAttention} {
		if most[group].activations != "" {
			return most[group].activations
		}
	}
	return ""
}

// storeApart gives components the formats of their own that their tensors are stored in, other than most of
// their group, and makes variants of those that layers store in different ways.
func (d *document) storeApart(layers [][]stored, most [len(groupNames)]scheme) {
	if len(layers) != len(d.layers) {
		return
	}
	ways := map[string][]string{} // in which each component is stored, as text
	apart := make([]map[string]table, len(layers))
	for l, tensors := range layers {
		apart[l] = map[string]table{}
		for _, t := range tensors {
			if apart[l][t.component] == nil {
				apart[l][t.component] = table{}
			}
			if t.scheme.weights != most[t.group].weights {
				apart[l][t.component][t.tensor] = formatName(t.scheme)
			}
		}
		for component, own := range apart[l] {
			if way := fmt.Sprint(own); !slices.Contains(ways[component], way) {
				ways[component] = append(ways[component], way)
			}
		}
	}
	for l := range layers {
		d.layers[l].mixer = d.variant(ways, d.layers[l].mixer, apart[l])
		d.layers[l].ffn = d.variant(ways, d.layers[l].ffn, apart[l])
	}
	d.stack()
}

// formatName is a scheme's format of weights, 16 bits included.
func formatName(s scheme) string {
	if s.weights == "" {
		return units.BF16.String()
	}
	return s.weights
}

// variant is the name of a layer's component, or of components side by side, stored as a layer stores them:
// the first way that is met keeps the name.
func (d *document) variant(ways map[string][]string, names string, apart map[string]table) string {
	parts := strings.Split(names, "+")
	for i, name := range parts {
		own := apart[name]
		if own == nil {
			continue
		}
		if way := slices.Index(ways[name], fmt.Sprint(own)); way > 0 {
			parts[i] = fmt.Sprintf("%s_%d", name, way+1)
		}
		copied := maps.Clone(d.tree[name].(table))
		delete(copied, "stored")
		if len(own) > 0 {
			copied["stored"] = map[string]any(own)
		}
		d.tree[parts[i]] = copied
	}
	return strings.Join(parts, "+")
}

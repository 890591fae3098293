package huggingface

import (
	"fmt"
	"slices"
	"strings"
)

// The modules outside the layers whose matrices some checkpoints convert too, by their bare names.
const (
	headModule      = "lm_head"
	embeddingModule = "embed_tokens"
)

// mlxMode is the form of a module's weights in a checkpoint of MLX.
func mlxMode(c, all *config) (format, unknown string) {
	bits, group := c.signed("bits", all.signed("bits", 0)), c.signed("group_size", all.signed("group_size", 64))
	mode := c.string("mode")
	if mode == "" {
		mode = all.string("mode")
	}
	switch mode {
	case "mxfp4", "mxfp8", "nvfp4":
		return mode, ""
	case "", "affine": // a scale and an offset of 16 bits for each group
	default:
		return "", fmt.Sprintf("mode %q", mode)
	}
	switch {
	case bits == 4 && group == 64:
		return "int4-g32", "" // 4 + 32/64 bits, as 4 + 16/32
	case bits == 4 && group == 128:
		return "int4-g64", ""
	case bits == 6:
		return "mxfp6", ""
	case bits == 5:
		return "", "5 bits"
	}
	if format = integerFormat(bits, group); format == "" {
		unknown = fmt.Sprintf("%d bits", bits)
	}
	return format, unknown
}

// readMLX reads what MLX writes: fields for all modules, and beside them an object, or false, for each module
// that has its own.
func readMLX(q *config, s *storage) {
	s.most.weights, s.unknown = mlxMode(q, q)
	s.byName = map[string]scheme{}
	s.ends = embeddingModule + " " + headModule
	for _, name := range sortedKeys(q.fields) {
		switch own := q.fields[name].(type) {
		case bool:
			if !own {
				s.byName[bare(name)] = scheme{}
			}
		case map[string]any:
			part := q.within(own)
			format, unknown := mlxMode(part, q)
			if unknown != "" {
				s.unknown = unknown
			}
			s.byName[bare(name)] = scheme{weights: format}
			q.adopt(part)
		}
	}
}

// endFormats writes the formats of the embedding and the head, where the checkpoint converts them.
func (s *storage) endFormats(precision table) {
	for key, module := range map[string]string{"embedding": embeddingModule, "head": headModule} {
		if !slices.Contains(strings.Fields(s.ends), module) {
			continue
		}
		if format := s.end(module).weights; format != "" {
			precision[key] = format
		}
	}
}

// end is how a module outside the layers is stored, whatever stands before its name.
func (s *storage) end(module string) scheme {
	for _, before := range beforeLayers {
		if one, ok := s.byName[before+module]; ok {
			return one
		}
		if s.kept.match(before + module) {
			return scheme{}
		}
	}
	return s.of(module)
}

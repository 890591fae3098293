package huggingface

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// scheme is how a checkpoint stores its linear layers.
type scheme struct{ weights, activations string }

// quantization reads quantization_config (or ModelOpt's and compressed-tensors' variants of it) into the
// description's precision table. What it cannot read is a warning: the weights then count as bf16.
func (c *config) quantization(d *document) (warnings []string) {
	if !c.has("quantization_config") {
		c.value("quantization_config")
		return nil
	}
	q := c.table("quantization_config")
	method := q.string("quant_method")
	s := schemeOf(q, method)
	excluded := append(append(q.texts("modules_to_not_convert"), q.texts("ignore")...), q.texts("exclude_modules")...)
	defer c.adopt(q)
	if s.weights == "" {
		return []string{fmt.Sprintf("quantization_config: method %q with these fields is unknown; weights count as bf16", method)}
	}
	precision := table{}
	for _, sample := range sampleModules {
		if method == "mxfp4" && sample.group != "experts" {
			continue // gpt-oss: only experts are ever converted
		}
		if out, unread := exclude(excluded, sample.modules); !out {
			precision[sample.group] = s.weights
		} else if unread != "" {
			warnings = append(warnings, fmt.Sprintf("quantization_config: pattern %q could not be read", unread))
		}
	}
	if s.activations != "" {
		precision["activations"] = s.activations
	}
	kv := q.table("kv_cache_scheme")
	if kv.integerOr("num_bits", 0) == 8 {
		precision["kv"] = "fp8"
	}
	q.adopt(kv)
	d.tree["precision"] = precision
	return warnings
}

// schemeOf tells the formats of a quantisation; empty where it is not known.
func schemeOf(q *config, method string) scheme {
	switch method {
	case "fp8":
		if len(q.integers("weight_block_size")) > 0 {
			return scheme{"fp8-block", "fp8"}
		}
		return scheme{"fp8", "fp8"}
	case "mxfp4":
		return scheme{weights: "mxfp4"}
	case "awq", "gptq":
		switch q.integerOr("bits", 0) {
		case 4:
			return scheme{weights: "int4"}
		case 8:
			return scheme{weights: "int8"}
		}
	case "modelopt":
		switch q.string("quant_algo") {
		case "FP8":
			return scheme{"fp8", "fp8"}
		case "NVFP4":
			return scheme{"nvfp4", "nvfp4"}
		}
	case "compressed-tensors":
		return compressed(q)
	}
	return scheme{}
}

// compressed reads the first group of compressed-tensors' config_groups.
func compressed(q *config) scheme {
	groups := q.table("config_groups")
	group := groups.table("group_0")
	weights, inputs := group.table("weights"), group.table("input_activations")
	kind := fmt.Sprintf("%s%d", weights.string("type"), weights.integerOr("num_bits", 0))
	size := weights.integerOr("group_size", 0)
	for _, part := range []*config{groups, group, weights, inputs} {
		q.adopt(part)
	}
	quantised := inputs.integerOr("num_bits", 0) == 8
	activations := func(format string) string {
		if quantised {
			return format
		}
		return ""
	}
	switch {
	case kind == "int4" && size == 32:
		return scheme{weights: "int4-g32"}
	case kind == "int4":
		return scheme{weights: "int4"}
	case kind == "int8":
		return scheme{"int8", activations("int8")}
	case kind == "float8" && weights.string("strategy") == "block":
		return scheme{"fp8-block", activations("fp8")}
	case kind == "float8":
		return scheme{"fp8", activations("fp8")}
	case kind == "float4" && size == 32:
		return scheme{weights: "mxfp4"}
	case kind == "float4" && size == 16:
		return scheme{weights: "nvfp4"}
	}
	return scheme{}
}

// sampleModules are names of linear layers in each group of tensors, to try patterns on. A group is left in
// bf16 where one of its names is excluded.
var sampleModules = []struct {
	group   string
	modules []string
}{
	{"attention", []string{"model.layers.7.self_attn.o_proj"}},
	{"dense", []string{"model.layers.7.mlp.down_proj", "model.layers.7.mlp.shared_experts.down_proj"}},
	{"experts", []string{"model.layers.7.mlp.experts.7.down_proj"}},
}

// Bounds of the patterns that are more than names, far above any published ones, so that hostile ones cost
// little.
const (
	maxPatterns      = 1 << 12
	maxPatternLength = 256
)

// exclude tells whether a pattern leaves out one of the modules, and names a pattern that is no pattern.
func exclude(patterns, modules []string) (out bool, unread string) {
	compiled := 0
	for _, pattern := range patterns {
		if isName(pattern) {
			if slices.ContainsFunc(modules, func(module string) bool { return holds(pattern, module) }) {
				return true, ""
			}
			continue
		}
		compiled++
		expression, err := compile(pattern)
		if err != nil || compiled > maxPatterns {
			return true, pattern[:min(len(pattern), maxPatternLength)]
		}
		if slices.ContainsFunc(modules, expression.MatchString) {
			return true, ""
		}
	}
	return false, ""
}

// isName tells whether a pattern names one module, as nearly all do that quantised models list by the ten
// thousand.
func isName(pattern string) bool {
	return !strings.HasPrefix(pattern, "re:") && !strings.Contains(pattern, "*") && len(pattern) <= maxPatternLength
}

// holds tells whether a name is that of a module, of one that holds it, or the end of either.
func holds(name, module string) bool { return strings.Contains("."+module+".", "."+name+".") }

// compile reads a pattern of modules: "re:" and a regular expression, a name with * wildcards, or the name of
// the module or of one that holds it.
func compile(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxPatternLength {
		return nil, fmt.Errorf("longer than %d bytes", maxPatternLength)
	}
	expression, given := strings.CutPrefix(pattern, "re:")
	if !given {
		expression = `(^|.*\.)` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `($|\..*)`
	}
	return regexp.Compile("^(?:" + expression + ")")
}

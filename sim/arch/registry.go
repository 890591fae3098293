package arch

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

// kind is a sort of part that a layer can be made of.
type kind struct {
	name string
	make func() Part // what a part starts from before the catalogue's fields are read
	// example are the fields of a small part of the kind, for a model whose width is 64: Example makes a model
	// of it, and the laws that every kind must keep are tested on it.
	example string
}

// kinds is the table of them. A new mixer is one file and one line here.
var kinds = []kind{
	{"attention", func() Part { return &MultiHead{Rope: true} }, "heads = 8, kv_heads = 2, head_dim = 16"},
	// Widths that a what-if leaves out are DeepSeek-V2's and V3's (arXiv:2405.04434, §3.1.2).
	{"mla", func() Part { return &MLA{Rope: true, NopeDim: 128, RopeDim: 64, ValueDim: 128} },
		"heads = 8, kv_rank = 32, q_rank = 48, rope_dim = 8, nope_dim = 16, value_dim = 16"},
	{"dsa", func() Part { return &DSA{MLA: MLA{Rope: true, NopeDim: 128, RopeDim: 64, ValueDim: 128}} },
		"heads = 8, kv_rank = 32, q_rank = 48, index_heads = 4, index_dim = 16, top_k = 300"},
	{"compressed", func() Part { return &Compressed{} },
		"heads = 8, head_dim = 32, rope_dim = 8, q_rank = 48, output_groups = 2, output_rank = 16, window = 128, ratio = 4, " +
			"index_heads = 4, index_dim = 16, top_k = 50"},
	{"block-sparse", func() Part { return &BlockSparse{MultiHead: MultiHead{Rope: true}} },
		"heads = 8, kv_heads = 2, head_dim = 16, index_heads = 2, index_dim = 16, block_size = 32, top_blocks = 4"},
	{"hierarchical", func() Part { return &Hierarchical{} }, "heads = 8, kv_heads = 2, head_dim = 16, window = 300, stride = 16, interval = 64"},
	{"gated-delta-net", func() Part { return &GatedDeltaNet{} }, "key_heads = 4, value_heads = 8, key_dim = 16, value_dim = 32, conv = 4"},
	{"kda", func() Part { return &KDA{} }, "heads = 8, head_dim = 16, conv = 4"},
	{"lightning", func() Part { return &Lightning{} }, "heads = 8, head_dim = 16"},
	{"short-conv", func() Part { return &ShortConv{} }, "width = 64, conv = 3"},
	{"mamba1", func() Part { return &Mamba1{InnerNorms: true} }, "width = 128, state_dim = 16, dt_rank = 8, conv = 4"},
	{"gated-memory", func() Part { return &GatedMemory{} }, "width = 128"},
	{"mamba2", func() Part { return &Mamba2{OutNorm: true} }, "heads = 8, head_dim = 16, state_dim = 32, groups = 2, conv = 4"},
	{"dense", func() Part { return &Dense{Gated: true} }, "width = 256"},
	{"moe", func() Part { return &MoE{Gated: true} }, "experts = 16, top_k = 2, width = 32"},
}

// Register adds a kind of part of a program's own, a Mixer or an FFN, which models then name. Build makes one
// with the values of the fields that a model leaves out; toml tags name the fields. Call it before models are
// read; a name that is taken is a mistake in the program.
func Register(name string, build func() Part) {
	if name == "" || build == nil || slices.Contains(Kinds(), name) {
		panic(fmt.Sprintf("arch: kind %q is registered twice, or is built by nothing", name))
	}
	kinds = append(kinds, kind{name: name, make: build})
}

// Kinds lists the kinds of parts that a catalogue file may name.
func Kinds() []string {
	list := make([]string, len(kinds))
	for i, k := range kinds {
		list[i] = k.name
	}
	return list
}

// Example is a model of three layers of a kind, the smallest document that has one.
func Example(kind string) (*Spec, error) {
	part, err := newPart(kind)
	if err != nil {
		return nil, err
	}
	fields := kinds[slices.Index(Kinds(), kind)].example
	if fields == "" {
		return nil, fmt.Errorf("there is no example of %s, which the program registered", kind)
	}
	role := "mixer"
	if _, ok := part.(FFN); ok {
		role = "ffn"
	}
	return Parse("example of "+kind, fmt.Appendf(nil, `name = "example"
hidden = 64
vocab = 100
max_context = 4096
part = { kind = %q, %s }
stack = [{ repeat = 3, %s = "part" }]
`, kind, fields, role))
}

// newPart is a part of a kind with its defaults.
func newPart(kind string) (Part, error) {
	i := slices.Index(Kinds(), kind)
	if i < 0 {
		return nil, &fault.Error{Key: "kind", Wrong: "unknown kind " + kind, Right: names.Suggest(kind, Kinds())}
	}
	return kinds[i].make(), nil
}

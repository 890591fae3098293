package arch

import (
	"slices"

	"github.com/roofserve/roofserve/hw/fault"
	"github.com/roofserve/roofserve/hw/names"
)

// kinds is the table of the parts that a layer can be made of: each kind with what it starts from before the
// catalogue's fields are read. A new mixer is one file and one line here.
var kinds = []struct {
	name string
	make func() Part
}{
	{"attention", func() Part { return &MultiHead{Rope: true} }},
	// Widths that a what-if leaves out are DeepSeek-V2's and V3's (arXiv:2405.04434, §3.1.2).
	{"mla", func() Part { return &MLA{Rope: true, NopeDim: 128, RopeDim: 64, ValueDim: 128} }},
	{"dsa", func() Part { return &DSA{MLA: MLA{Rope: true, NopeDim: 128, RopeDim: 64, ValueDim: 128}} }},
	{"hierarchical", func() Part { return &Hierarchical{} }},
	{"gated-delta-net", func() Part { return &GatedDeltaNet{} }},
	{"kda", func() Part { return &KDA{} }},
	{"mamba1", func() Part { return &Mamba1{} }},
	{"mamba2", func() Part { return &Mamba2{} }},
	{"dense", func() Part { return &Dense{Gated: true} }},
	{"moe", func() Part { return &MoE{Gated: true} }},
}

// Kinds lists the kinds of parts that a catalogue file may name.
func Kinds() []string {
	list := make([]string, len(kinds))
	for i, k := range kinds {
		list[i] = k.name
	}
	return list
}

// newPart is a part of a kind with its defaults.
func newPart(kind string) (Part, error) {
	i := slices.Index(Kinds(), kind)
	if i < 0 {
		return nil, &fault.Error{Key: "kind", Wrong: "unknown kind " + kind, Right: names.Suggest(kind, Kinds())}
	}
	return kinds[i].make(), nil
}

// Package arch describes what a model is: an embedding, a stack of layers (each a mixer and a feed-forward
// part) and a head. It counts parameters, state, floating-point operations and bytes, and holds the catalogue
// of published models as data. It knows neither GPUs nor time: sim/cost turns its operators into seconds.
//
// A model is a TOML document. Its tables are components, named freely, of a kind that the table in
// registry.go lists; [[stack]] says which layers are made of them. Any field is an address in the document
// ("attention.kv_heads"), so that an override or a sweep can change it, or swap a whole component:
//
//	name = "tiny"
//	hidden = 64
//	vocab = 100
//	max_context = 128
//
//	[attention]
//	kind = "attention"
//	heads = 8
//	kv_heads = 2
//	head_dim = 8
//
//	[dense]
//	kind = "dense"
//	width = 256
//
//	[[stack]]
//	repeat = 2
//	mixer = "attention"
//	ffn = "dense"
//
// A pattern of layers that repeats is written as layers = [{ mixer = "window", ffn = "moe" }, …] in a
// [[stack]] entry.
//
// A new mixer is one file with a type that implements Mixer and one line in registry.go, whose example must
// pass the laws in laws_test.go here and in sim/cost; docs/howto/extending.md shows one. It is
// made of the operator families that Op lists; only a new kind of kernel needs a new family and a timing law
// in sim/cost.
package arch

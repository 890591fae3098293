package arch_test

import (
	"fmt"
	"log"

	"github.com/roofserve/roofserve/sim/arch"
)

// What would MLA of rank 512 give Llama-3.1-70B? Its cache shrinks to the latent and the rotated key.
func ExampleSpec_Override() {
	spec, err := arch.Lookup("meta-llama/Llama-3.1-70B-Instruct")
	if err != nil {
		log.Fatal(err)
	}
	before, err := spec.Build()
	if err != nil {
		log.Fatal(err)
	}
	if err := spec.Override("attention", map[string]any{"kind": "mla", "kv_rank": 512}); err != nil {
		log.Fatal(err)
	}
	after, err := spec.Build()
	if err != nil {
		log.Fatal(err)
	}
	var bf16 arch.Precision
	fmt.Printf("%.0f bytes a token, then %.0f\n", before.KVBytesPerToken(&bf16), after.KVBytesPerToken(&bf16))
	// Output: 327680 bytes a token, then 92160
}

func ExampleModel_Params() {
	spec, err := arch.Lookup("deepseek-v3")
	if err != nil {
		log.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		log.Fatal(err)
	}
	total, active, activeGEMM := m.Params()
	fmt.Printf("%.1fB parameters, %.1fB active, %.1fB of them in GEMMs\n", total/1e9, active/1e9, activeGEMM/1e9)
	// Output: 671.0B parameters, 37.6B active, 36.6B of them in GEMMs
}

// The operators of one decoder layer, as one of 8 tensor-parallel ranks runs them.
func ExampleModel_Operators() {
	spec, err := arch.Lookup("llama-3.1-8b")
	if err != nil {
		log.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		log.Fatal(err)
	}
	for _, part := range m.Operators(arch.Split{TP: 8, ExpertTP: 8, ExpertRanks: 1}) {
		fmt.Print(part.Count, "× ", part.Name, ":")
		for _, op := range part.Ops {
			fmt.Print(" ", op.OpName())
		}
		fmt.Println()
	}
	// Output:
	// 1× embedding: embedding embedding_reduce
	// 32× attention: norm qkv rope cache_write attention o o_reduce
	// 32× dense: norm gate_up activation down down_reduce
	// 1× head: final_norm lm_head gather_logits sample
}

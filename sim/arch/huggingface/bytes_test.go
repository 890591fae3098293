package huggingface_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// TestAConfigTakesLittleMemory holds what reading a file asks of the heap, all of it counted, also what was
// given back on the way.
func TestAConfigTakesLittleMemory(t *testing.T) {
	published, err := os.ReadFile("testdata/moonshotai__Kimi-K2.5.json")
	if err != nil {
		t.Fatal(err)
	}
	var ignore strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&ignore, `"model.layers.%d.mlp.experts.%d.down_proj.weight_scale_inv",`, 100+i/256, i%256)
	}
	for _, c := range []struct {
		name string
		data []byte
		most uint64 // bytes
	}{
		{"Kimi-K2.5", published, 8 << 20},
		{"50,000 modules left out", edit(t, "meta-llama__Llama-3.1-8B", `"hidden_size"`,
			`"quantization_config": {"quant_method": "awq", "bits": 4, "ignore": [`+ignore.String()+`"lm_head"]}, "hidden_size"`), 64 << 20},
		{"a million values", edit(t, "meta-llama__Llama-3.1-8B", `"hidden_size"`,
			`"x": [`+strings.Repeat("1,", 990_000)+`1], "hidden_size"`), 256 << 20},
		{"a million layers' kinds", edit(t, "meta-llama__Llama-3.1-8B", `"hidden_size"`,
			`"layer_types": [`+strings.Repeat(`"full_attention",`, 990_000)+`"full_attention"], "hidden_size"`), 256 << 20},
		{"the longest text", edit(t, "meta-llama__Llama-3.1-8B", `"hidden_size"`,
			`"x": "`+strings.Repeat("x", 31<<20)+`", "hidden_size"`), 256 << 20},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := huggingface.Import("config.json", c.data)
		runtime.ReadMemStats(&after)
		got := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d KiB for %d KiB (%.100v)", c.name, got>>10, len(c.data)>>10, err)
		if got > c.most {
			t.Errorf("%s: %d bytes, at most %d", c.name, got, c.most)
		}
	}
}

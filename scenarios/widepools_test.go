package scenarios

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"testing"
)

// partsOf is a prefill and a decode pool of so many GPUs each, on which attention is data-parallel and
// experts are shared by all.
func partsOf(device string, prefill, decode int) string {
	text := fmt.Sprintf(`[model]
name = "deepseek-v3"
[hardware]
device = %q
[engine]
policy = "sglang"
mem_fraction_static = 0.85
max_model_len = 32768
[workload.synthetic]
requests = 200
arrival = { process = "poisson", rate = 40.0 }
input = { distribution = "fixed", value = 4096 }
output = { distribution = "fixed", value = 20 }
`, device)
	for role, gpus := range map[string]int{"prefill": prefill, "decode": decode} {
		text += fmt.Sprintf("[[pool]]\nrole = %q\ngpus = %d\nnodes = %d\n[pool.parallel]\ntp = 1\ndp = %[2]d\nep = %[2]d\n",
			role, gpus, gpus/8)
	}
	return text
}

// TestPublishedWideNodesArePools: what is published of wide expert parallelism can be said as a pool of its
// role, beside one of the other, and the widest serves a load.
func TestPublishedWideNodesArePools(t *testing.T) {
	file, err := os.Open("../results/fidelity/wideep/measured.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	widest := 0
	for _, row := range rows[1:] {
		cell := func(name string) string { return row[slices.Index(rows[0], name)] }
		var gpus int
		fmt.Sscan(cell("gpus"), &gpus)
		device, prefill, decode := cell("device")+"-sxm-80gb", 32, gpus
		if cell("prefill") != "" {
			prefill, decode = gpus, 32
		}
		s, err := Parse(cell("id"), "", []byte(partsOf(device, prefill, decode)))
		if err != nil {
			t.Fatal(err)
		}
		routing := "routing={kind=\"balanced\"}"
		if n := cell("redundant_experts"); n != "" {
			routing = "routing={kind=\"simulated\", redundant_experts=" + n + ", steps=10}" // barely trained
		}
		if err := s.SetText(routing); err != nil {
			t.Fatal(err)
		}
		b, err := s.Build()
		if err != nil {
			t.Fatalf("%s: %v", cell("id"), err)
		}
		if widest = max(widest, gpus); gpus < 144 {
			b.Close()
			continue
		}
		r, err := b.Run(context.Background(), Hooks{Check: true})
		if err != nil || r.Result.Completed != 200 || r.Result.Transfers.Count != 200 {
			t.Errorf("%s: %v: %+v", cell("id"), err, r)
		}
		b.Close()
	}
	if widest != 144 {
		t.Errorf("the widest has %d GPUs", widest)
	}
}

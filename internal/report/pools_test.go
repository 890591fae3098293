package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

func TestSummaryNamesPoolsAndWhatGoesBetweenThem(t *testing.T) {
	s, err := scenarios.Parse("parts", "", []byte(`[model]
name = "llama-3.1-8b"
[[pool]]
role = "prefill"
replicas = 2
device = "a100-sxm-80gb"
gpus = 1
[[pool]]
role = "decode"
device = "h100-sxm-80gb"
gpus = 1
[workload.synthetic]
requests = 20
arrival = { process = "constant", rate = 10.0 }
input = { distribution = "fixed", value = 1000 }
output = { distribution = "fixed", value = 5 }
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Summary(&b, r); err != nil {
		t.Fatal(err)
	}
	// 20 prompts of 1,000 tokens, of each of which Llama-3.1-8B keeps 131,072 bytes.
	for _, want := range []string{
		"llama-3.1-8b on prefill 2 × 1 × a100-sxm-80gb, decode 1 × h100-sxm-80gb\n",
		"pools busy   prefill ", "transfers    20 of 2.62 GB together; ", "first token  queue ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

package scenarios_test

import (
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// SGLang lets no more sequences of a recurrent hybrid run than it has states for, and says so where the user
// asked for more.
func TestStatesBoundSequences(t *testing.T) {
	for _, c := range []struct {
		settings string
		warned   bool
		cached   int // states for each sequence
	}{
		{"", false, 3},
		{"max_num_seqs = 2000\n", true, 3},
		{"version = \"0.5.19\"\nmax_num_seqs = 2000\n", true, 5},
		{"mamba_full_memory_ratio = 0.1\nmax_num_seqs = 2000\n", true, 3},
		{"max_num_seqs = 2\n", false, 3},
	} {
		text := `
model = { name = "qwen3-next-80b-a3b" }
hardware = { device = "h100-sxm-80gb", gpus = 4 }
[workload.synthetic]
requests = 1
arrival = { process = "poisson", rate = 1.0 }
input = { distribution = "fixed", value = 10 }
output = { distribution = "fixed", value = 10 }
[engine]
policy = "sglang"
` + c.settings
		s, err := scenarios.Parse("s.toml", "", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		s, p, err := s.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		most, seqs := p.Memory.States/c.cached, s.Engine.MaxNumSeqs
		if p.Memory.MostSequences() != most || seqs > most || p.Limits.MaxNumSeqs != seqs {
			t.Errorf("%q: %d sequences at once with %d states", c.settings, s.Engine.MaxNumSeqs, p.Memory.States)
		}
		if got := strings.Contains(strings.Join(p.Warnings, "\n"), "recurrent states"); got != c.warned {
			t.Errorf("%q: warnings %q", c.settings, p.Warnings)
		}
	}
}

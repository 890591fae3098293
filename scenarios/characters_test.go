package scenarios

import (
	"strings"
	"testing"
)

// Requests in characters: 1,000 of Chinese take 312 tokens of Qwen2.5's vocabulary and 450 of Llama 3's
// (workloads/vocabulary.toml).
const characters = `
[workload.synthetic]
requests = 20
arrival = { process = "closed", concurrency = 2 }
input = { distribution = "fixed", value = 1000 }
output = { distribution = "fixed", value = 100 }
language = "chinese"
`

func TestCharactersBecomeTokensOfTheModelsVocabulary(t *testing.T) {
	for _, c := range []struct {
		model, more string
		input       float64
		output      float64
	}{
		{"qwen2.5-7b", "", 312, 31},
		{"llama-3.1-8b", "", 450, 45},
		{"qwen2.5-7b", `vocabulary = "llama-3"`, 450, 45},
		{"gpt-oss-20b", `vocabulary = "qwen2.5"`, 312, 31}, // nobody counted its own
	} {
		s := parse(t, "[model]\nname = \""+c.model+"\"\n"+characters+c.more)
		b, err := s.Build()
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.Run(t.Context(), Hooks{Check: true})
		if err != nil {
			t.Fatal(err)
		}
		if in, out := metric(t, r, "total_input_tokens"), metric(t, r, "total_output_tokens"); in != 20*c.input || out != 20*c.output {
			t.Errorf("%s: %v and %v tokens, want %v and %v", c.model, in, out, 20*c.input, 20*c.output)
		}
		if !strings.Contains(strings.Join(r.Warnings, "\n"), "characters of chinese") {
			t.Errorf("warnings %q", r.Warnings)
		}
	}
}

func TestDrawnLengthsScaleWithTheLanguage(t *testing.T) {
	const drawn = `
[workload.synthetic]
requests = 2000
arrival = { process = "closed", concurrency = 8 }
input = { distribution = "lognormal", mean = 2000, std = 1000, min = 10, max = 8000 }
output = { distribution = "uniform", min = 10, max = 400 }
`
	tokens := func(language string) float64 {
		s := parse(t, "[model]\nname = \"llama-3.1-8b\"\n"+drawn+language)
		r, err := s.Simulate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return metric(t, r, "total_input_tokens")
	}
	if ratio := tokens(`language = "japanese"`) / tokens(""); ratio < 0.519 || ratio > 0.521 {
		t.Errorf("2,000 prompts take %v times their characters, want 0.520", ratio)
	}
}

package results

import (
	"math"
	"regexp"
	"time"
)

// llamaTimings is what llama.cpp's server and command line, and `ollama run --verbose`, print of each answer.
var llamaTimings = Format{
	Name: "llama.cpp and Ollama, timings printed",
	About: "the lines `prompt eval time = …` and `eval time = …` of each answer, or `prompt eval count: …` and those after it: tokens of " +
		"the prompt that were computed, tokens of the answer, and how long both took; the engine is another than those computed here",
	Source:  "github.com/ggml-org/llama.cpp, tools/server; github.com/ollama/ollama, docs",
	printed: true,
	begins:  func(h *head) bool { return llamaPrompt.Match(h.text) || ollamaPrompt.Match(h.text) },
	read: func(d *document) error {
		r := d.run()
		r.Engine = "llama.cpp"
		q := Request{Start: math.NaN()}
		var kept error
		answer := 0.0
		end := func(tokens, evaluated float64) {
			if q.Output = whole(tokens); q.Input > 0 && kept == nil {
				q.E2E = q.TTFT + evaluated
				kept = d.keep(r, q)
			}
			q = Request{Start: math.NaN()}
		}
		err := d.lines(func(line string) {
			if m := llamaPrompt.FindStringSubmatch(line); m != nil {
				q.TTFT, q.Input = measured(m[1])*1e-3, whole(measured(m[2]))
			} else if m := llamaAnswer.FindStringSubmatch(line); m != nil {
				end(measured(m[2]), measured(m[1])*1e-3)
			} else if m := ollamaPrompt.FindStringSubmatch(line); m != nil {
				r.Engine, q.Input = "ollama", whole(measured(m[1]))
			} else if m := ollamaLine.FindStringSubmatch(line); m != nil {
				took, _ := time.ParseDuration(m[2])
				switch m[1] {
				case "prompt eval duration":
					q.TTFT = took.Seconds()
				case "eval count":
					answer = measured(m[2])
				case "eval duration":
					end(answer, took.Seconds())
				}
			}
		})
		if err == nil {
			err = kept
		}
		return err
	},
}

var (
	llamaPrompt  = regexp.MustCompile(`prompt eval time\s*=\s*([0-9.]+) ms /\s*(\d+) tokens`)
	llamaAnswer  = regexp.MustCompile(`\beval time\s*=\s*([0-9.]+) ms /\s*(\d+) (?:tokens|runs)`)
	ollamaPrompt = regexp.MustCompile(`prompt eval count:\s+(\d+) token`)
	ollamaLine   = regexp.MustCompile(`^(prompt eval duration|eval count|eval duration):\s+(\S+)`)
)

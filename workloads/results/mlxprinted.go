package results

import (
	"math"
	"regexp"
)

// mlxPrinted is what mlx-lm prints after an answer.
var mlxPrinted = Format{
	Name: "mlx-lm, printed",
	About: "the lines `Prompt: … tokens, … tokens-per-sec` and `Generation: …` of each answer: its lengths, and how long both took; " +
		"the engine is another than those computed here",
	Source:  "github.com/ml-explore/mlx-lm, mlx_lm/generate.py",
	printed: true,
	begins:  func(h *head) bool { return mlxLine.Match(h.text) },
	read: func(d *document) error {
		r := d.run()
		r.Engine = "mlx-lm"
		q := Request{Start: math.NaN()}
		var kept error
		err := d.lines(func(line string) {
			m := mlxLine.FindStringSubmatch(line)
			if m == nil || kept != nil {
				return
			}
			tokens, rate := measured(m[2]), measured(m[3])
			if m[1] == "Prompt" {
				q = Request{Start: math.NaN(), Input: whole(tokens), TTFT: tokens / rate}
				return
			}
			q.Output, q.E2E = whole(tokens), q.TTFT+tokens/rate
			kept = d.keep(r, q)
		})
		if err == nil {
			err = kept
		}
		return err
	},
}

var mlxLine = regexp.MustCompile(`(?m)^(Prompt|Generation): (\d+) tokens, ([0-9.]+) tokens-per-sec`)

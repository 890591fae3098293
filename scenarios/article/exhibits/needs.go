package exhibits

import (
	"fmt"

	"github.com/roofserve/roofserve/scenarios/article"
	"github.com/roofserve/roofserve/scenarios/article/claims"
	"github.com/roofserve/roofserve/scenarios/study"
)

// served is a throughput that the article's serving table states.
type served struct {
	title, system, format string
	claimed               float64 // tokens a second
	note                  string
}

// servedRows are the throughputs of the article's serving table, in formats that fit.
var servedRows = [...]served{
	{"DeepSeek-V3", "v3-8xa100", "int4", 8200, "FP16 does not fit: INT4 instead"},
	{"DeepSeek-V3, attention data-parallel", "v3-8xa100-dp", "int4", 8200, "FP16 does not fit: INT4 instead"},
	{"Qwen2.5-72B", "qwen72b-4xa100", "bf16", 5100, ""},
	{"Qwen2.5-72B", "qwen72b-4xa100", "int4", 8400, ""},
	{"Qwen2.5-MoE-57B", "qwen57b-4xa100", "bf16", 7800, ""},
	{"Qwen2.5-MoE-57B", "qwen57b-4xa100", "int4", 10200, ""},
	{"Yi-Lightning", "yi-4xa100", "int4", 6500, "FP16 does not fit: INT4 instead"},
	{"Llama 70B", "llama70b-4xa100", "bf16", 5120, ""},
	{"Llama 70B", "llama70b-4xa100", "int4", 8350, ""},
}

// shapes are requests, in tokens of prompt and answer.
var shapes = [...]struct{ input, output int }{{128, 128}, {512, 512}, {2048, 512}, {8192, 512}}

// needs finds what each row of the serving table would take.
func needs(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "serving", Title: "What each row would need",
		Text: `The fewest sequences at once with which the simulator reaches the claimed throughput, for four shapes of requests (prompt + answer
tokens, all sequences alike), counting generated tokens alone and with prompts counted. Where no batch reaches it, the most that
any does. The search doubles the batch until throughput stops growing, and then halves the gap.`}
	e.Table.Columns = []string{"system", "weights", "claimed", "counted"}
	for _, s := range shapes {
		e.Table.Columns = append(e.Table.Columns, fmt.Sprintf("%s + %s", claims.Number(float64(s.input)), claims.Number(float64(s.output))))
	}
	e.Table.Columns = append(e.Table.Columns, "")
	for _, row := range servedRows {
		d, err := l.Deployment(row.system, row.format)
		if err != nil {
			return nil, err
		}
		for _, count := range []struct {
			name string
			rate study.Rate
		}{{"generated", study.OutputRate}, {"with prompts", study.TotalRate}} {
			cells := []string{row.title, row.format, claims.Write(row.claimed, "tok/s"), count.name}
			for _, s := range shapes {
				r, err := l.Reach(d, count.rate, row.claimed, s.input, s.output)
				if err != nil {
					return nil, err
				}
				cells = append(cells, reached(r, count.rate))
			}
			e.Table.Add(append(cells, row.note)...)
		}
	}
	return e, nil
}

// reached says which batch reaches a rate, or that none does.
func reached(r study.Reach, rate study.Rate) string {
	if r.Users == 0 {
		return "none: at most " + claims.Write(rate(r.Best), "tok/s")
	}
	return claims.Write(float64(r.Users), "users")
}

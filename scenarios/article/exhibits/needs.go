package exhibits

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/scenarios/article"
	"github.com/roofserve/roofserve/scenarios/article/claims"
	"github.com/roofserve/roofserve/scenarios/study"
)

// shapes are requests, in tokens of prompt and answer.
var shapes = [...]struct{ input, output int }{{128, 128}, {512, 512}, {2048, 512}, {8192, 512}}

// dataParallel is the plan that serves a system of the table better: attention data-parallel.
var dataParallel = map[string]string{"v3-8xa100": "v3-8xa100-dp"}

// needs finds what each row of the serving table would take.
func needs(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "serving", Title: "What each row would need",
		Text: `The fewest sequences at once with which the simulator reaches the claimed throughput, for four shapes of requests (prompt + answer
tokens, all sequences alike), counting generated tokens alone and with prompts counted. Where no batch reaches it, the most that
any does. The search doubles the batch until throughput stops growing, and then halves the gap. Where FP16 does not fit, INT4
stands in for it.`}
	e.Table.Columns = []string{"system", "column", "weights", "claimed", "counted"}
	for _, s := range shapes {
		e.Table.Columns = append(e.Table.Columns, fmt.Sprintf("%s + %s", claims.Number(float64(s.input)), claims.Number(float64(s.output))))
	}
	rows, err := servingRows(l)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		format := fp16
		if !row.fits {
			format = int4
		}
		if err := addNeeds(l, e, row.title, row.system, "FP16", format, row.fp16); err != nil {
			return nil, err
		}
		if err := addNeeds(l, e, row.title, row.system, "INT4", int4, row.int4); err != nil {
			return nil, err
		}
		if better, ok := dataParallel[row.system]; ok {
			if err := addNeeds(l, e, row.title+", attention DP 8", better, "FP16", format, row.fp16); err != nil {
				return nil, err
			}
		}
	}
	return e, nil
}

// addNeeds adds a system's two rows for a claimed throughput; none where the article claims none.
func addNeeds(l *article.Lab, e *Exhibit, title, system, column, format string, claimed float64) error {
	if math.IsNaN(claimed) {
		return nil
	}
	d, err := l.Deployment(system, format)
	if err != nil {
		return err
	}
	for _, count := range []struct {
		name string
		rate study.Rate
	}{{"generated", study.OutputRate}, {"with prompts", study.TotalRate}} {
		cells := []string{title, column, format, claims.Write(claimed, "tok/s"), count.name}
		for _, s := range shapes {
			r, err := l.Reach(d, count.rate, claimed, s.input, s.output)
			if err != nil {
				return err
			}
			cells = append(cells, reached(r, count.rate))
		}
		e.Table.Add(cells...)
	}
	return nil
}

// reached says which batch reaches a rate, or that none does.
func reached(r study.Reach, rate study.Rate) string {
	if r.Users == 0 {
		return "none: at most " + claims.Write(rate(r.Best), "tok/s")
	}
	return claims.Write(float64(r.Users), "users")
}

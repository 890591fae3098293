package exhibits

import (
	"math"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/study/deployments"
)

// shape is a request, in tokens of prompt and answer.
type shape struct{ input, output int }

// shapes from hardly any prompt, where a step does nothing but decode, to long ones.
var shapes = [...]shape{{16, 256}, {128, 128}, {512, 512}, {2048, 512}, {8192, 512}}

// equivalent is the shape that is tried on H100s too, which the table's “or equivalent” may mean.
var equivalent = shape{512, 512}

// dataParallel is the plan that serves a system of the table better: attention data-parallel.
var dataParallel = map[string]string{"v3-8xa100": "v3-8xa100-dp"}

// needs finds what each row of the serving table would take.
func needs(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "serving", Title: "What each row would need",
		Text: `The fewest sequences at once with which the simulator reaches the claimed throughput, for five shapes of requests (prompt + answer
tokens, all sequences alike) and on as many H100s, counting generated tokens alone and with prompts counted. Where no batch reaches
it, the most that any does. The search doubles the batch until throughput stops growing, and then halves the gap. Where FP16 does
not fit, INT4 stands in for it.`}
	e.Table.Columns = []string{"system", "column", "weights", "claimed", "counted"}
	for _, s := range shapes {
		e.Table.Columns = append(e.Table.Columns, s.String())
	}
	e.Table.Columns = append(e.Table.Columns, equivalent.String()+" on H100s")
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
		rate deployments.Throughput
	}{{"generated", deployments.OutputRate}, {"with prompts", deployments.TotalRate}} {
		cells := []string{title, column, format, claims.Write(claimed, "tok/s"), count.name}
		for _, s := range shapes {
			cell, err := reach(l, d, count.rate, claimed, s)
			if err != nil {
				return err
			}
			cells = append(cells, cell)
		}
		onH100 := d
		onH100.Device = machines[1].device
		cell, err := reach(l, onH100, count.rate, claimed, equivalent)
		if err != nil {
			return err
		}
		e.Table.Add(append(cells, cell)...)
	}
	return nil
}

// reach says which batch reaches a rate, or that none does.
func reach(
	l *article.Lab, d deployments.Deployment, rate deployments.Throughput, claimed float64, s shape,
) (string, error) {
	r, err := l.Reach(d, rate, claimed, s.input, s.output)
	switch {
	case err != nil:
		return "", err
	case r.Users == 0:
		return "none: at most " + claims.Write(rate(r.Best), "tok/s"), nil
	default:
		return claims.Write(float64(r.Users), "users"), nil
	}
}

// String is "512 + 512".
func (s shape) String() string {
	return claims.Number(float64(s.input)) + " + " + claims.Number(float64(s.output))
}

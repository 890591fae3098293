package exhibits

import (
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/experts"
)

// balances are DeepSeek-V3's router trained in three ways.
var balances = [...]struct {
	title string
	how   experts.Balance
	look  look
}{
	{"not balanced", experts.Unbalanced, look{color: figure.Grey}},
	{"auxiliary loss", experts.AuxiliaryLoss, look{color: figure.Orange}},
	{"bias update, as DeepSeek-V3", experts.BiasUpdate, look{color: figure.Blue}},
}

// Training and batches that balance is looked at.
const (
	balanceSteps = 10 // between looks
	balanceLooks = 12
	lookTokens   = 8192 // of a look in training
)

var balanceBatches = [...]int{64, 256, 1024, 4096}

// balance shows what the bias update does to experts' load.
func balance(l *article.Lab) (*Exhibit, error) {
	m, err := l.Model("deepseek-v3")
	if err != nil {
		return nil, err
	}
	moe, ok := m.Stack[len(m.Stack)-1].FFN.(*arch.MoE)
	if !ok {
		return nil, fmt.Errorf("%s has no experts in its last layers", m.Name)
	}
	e := &Exhibit{Section: "routing", Title: "What balancing does to the experts",
		Text: fmt.Sprintf(`DeepSeek-V3's router (%d experts, top %d, sigmoid affinities, groups as published), started with popularities that differ by 0.3 logits, which
is an assumption, and trained for %d steps of %s tokens. The update is the published one: each bias moves by 0.001 towards the mean,
whatever the difference. Both ways of balancing even the load out; the bias does it without a term in the training loss. What remains
in small batches is chance: with 64 tokens even a perfectly fair router leaves one expert with several times the mean, and that is
what serving sees.`, moe.Experts, moe.TopK, balanceSteps*balanceLooks, claims.Number(experts.StepTokens))}
	e.Table.Columns = []string{"router", "fullest ÷ mean, all tokens", "emptiest ÷ mean"}
	for _, b := range balanceBatches {
		e.Table.Columns = append(e.Table.Columns, "fullest in "+claims.Number(float64(b))+" tokens")
	}
	sorted := figure.NewPlot("After training", "expert, by load", "load ÷ mean")
	course := figure.NewPlot("In training", "training step", "fullest expert ÷ mean")
	e.Figure = alone("balance", "Load of DeepSeek-V3's 256 experts", "simulated router, a skew of 0.3 logits assumed", 860, 380, course, sorted)
	e.Figure.Data.Columns = []string{"panel", "router", "x", "load_over_mean"}
	for _, b := range balances {
		routing := scenarios.Routing{Affinity: string(experts.Sigmoid), Balance: string(b.how),
			Skew: experts.DefaultSkew, Speed: b.how.DefaultSpeed(), Seed: 1}
		r, err := routing.Router(moe)
		if err != nil {
			return nil, err
		}
		points := plotter.XYs{{X: 0, Y: r.Sample(lookTokens).MaxOverMean()}}
		for i := range balanceLooks {
			r.Train(balanceSteps)
			points = append(points, plotter.XY{X: float64((i + 1) * balanceSteps),
				Y: r.Sample(lookTokens).MaxOverMean()})
		}
		sample := r.Sample(experts.SampleTokens)
		loads := sample.Loads()
		slices.Sort(loads)
		slices.Reverse(loads)
		var ranked plotter.XYs
		for i, load := range loads {
			ranked = append(ranked, plotter.XY{X: float64(i + 1), Y: load})
		}
		for _, panel := range []struct {
			name   string
			points plotter.XYs
		}{{"training", points}, {"loads", ranked}} {
			for _, q := range panel.points {
				e.Figure.Data.Add(panel.name, b.title, strconv.Itoa(int(q.X)), figure.Cell(q.Y))
			}
		}
		if err := curve(course, "", b.look, points); err != nil {
			return nil, err
		}
		if err := curve(sorted, b.title, b.look, ranked); err != nil {
			return nil, err
		}
		row := []string{b.title, claims.Number(loads[0]), claims.Number(loads[len(loads)-1])}
		for _, tokens := range balanceBatches {
			row = append(row, claims.Number(sample.Imbalance(tokens)))
		}
		e.Table.Add(row...)
	}
	figure.FromZero(course)
	figure.FromZero(sorted)
	return e, nil
}

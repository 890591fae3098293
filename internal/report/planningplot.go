package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/planning"
)

// PlanningFigure draws every simulation of a search for plans in two trade-offs, with their fronts: tokens
// for each GPU against tokens for each user, and the price of tokens against the time to the first.
func PlanningFigure(a *planning.Answer) (*figure.Figure, error) {
	points := a.Points()
	f := page("plan", objectivesText(a.Question.Objectives)+"  ·  filled: met, open: not; lines: no other plan is better in both", 40+2*420, 340)
	f.Title = a.Question.Scenario.Name
	f.Data.Columns = []string{
		"device", "weights", "policy", "tp", "pp", "dp", "ep", "max_num_batched_tokens", "replicas", "gpus", "met",
		"tokens_per_second_per_gpu", "tokens_per_second_per_user", "usd_per_million_output_tokens", "median_ttft_ms",
		"on_speed_front", "on_price_front",
	}
	for i := range points {
		p := &points[i]
		c := &p.Choice
		f.Data.Add(c.GPU, c.Format, c.Engine,
			fmt.Sprint(c.Parallel.TP), fmt.Sprint(c.Parallel.PP), fmt.Sprint(c.Parallel.DP), fmt.Sprint(c.Parallel.EP),
			fmt.Sprint(c.Budget), fmt.Sprint(p.Replicas), fmt.Sprint(p.Trial.GPUs), fmt.Sprint(p.Trial.Met()),
			figure.Cell(p.TokensPerSecondGPU), figure.Cell(p.TokensPerSecondUser), figure.Cell(p.USDPerMillion),
			figure.Cell(p.MedianTTFTMS), fmt.Sprint(p.SpeedFront), fmt.Sprint(p.PriceFront))
	}
	speed, err := tradeOff(points, figure.Blue, "Tokens for GPUs and for users",
		"output tokens/s of a user (1/TPOT p50)", "output tokens/s of a GPU",
		func(p *planning.Point) (x, y float64, front bool) {
			return p.TokensPerSecondUser, p.TokensPerSecondGPU, p.SpeedFront
		})
	if err != nil {
		return nil, err
	}
	price, err := tradeOff(points, figure.Green, "Price and patience",
		"TTFT p50 (ms)", "USD for a million output tokens",
		func(p *planning.Point) (x, y float64, front bool) {
			return p.MedianTTFTMS, p.USDPerMillion, p.PriceFront
		})
	if err != nil {
		return nil, err
	}
	f.Panels = [][]*plot.Plot{{speed, price}}
	return f, nil
}

// tradeOff is a panel of all points with a line along the front.
func tradeOff(points []planning.Point, colour int, title, x, y string,
	of func(*planning.Point) (x, y float64, front bool)) (*plot.Plot, error) {
	p := figure.NewPlot(title, x, y)
	var met, missed, front plotter.XYs
	for i := range points {
		x, y, best := of(&points[i])
		if x <= 0 || y <= 0 {
			continue
		}
		at := plotter.XY{X: x, Y: y}
		if points[i].Trial.Met() {
			met = append(met, at)
		} else {
			missed = append(missed, at)
		}
		if best {
			front = append(front, at)
		}
	}
	if len(met)+len(missed) == 0 {
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
		return p, nil
	}
	if err := errors.Join(addDots(p, met, colour, draw.CircleGlyph{}),
		addDots(p, missed, colour, draw.RingGlyph{})); err != nil {
		return nil, err
	}
	slices.SortFunc(front, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	line, err := figure.Steps(front, colour)
	if err != nil {
		return nil, err
	}
	p.Add(line)
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.X.Min, p.X.Max = logRange(p.X.Min, p.X.Max)
	p.Y.Min, p.Y.Max = logRange(p.Y.Min, p.Y.Max)
	return p, nil
}

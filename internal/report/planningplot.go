package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/planning"
)

// PlanningFigure draws what a search for plans simulated in two trade-offs, with their fronts: tokens for
// each GPU against tokens for each user, and the price of tokens against the time to the first. Of a plan
// that was tried with many numbers of replicas the fewest are drawn that meet the limits, or else that keep
// up; its data are all.
func PlanningFigure(a *planning.Answer) (*figure.Figure, error) {
	points := a.Points()
	f := page("plan", objectivesText(a.Question.Objectives)+"  ·  each plan with the fewest replicas that meet this (filled), or else keep up (open); lines: no other is better in both", 40+2*420, 340)
	f.Title = plannedTitle(a)
	f.Data.Columns = []string{
		"device", "weights", "policy", "tp", "pp", "dp", "ep", "max_num_batched_tokens", "replicas", "gpus", "met",
		"tokens_per_second_per_gpu", "tokens_per_second_per_user", "usd_per_million_output_tokens", "median_ttft_ms",
		"on_speed_front", "on_price_front",
	}
	pooled := slices.ContainsFunc(points, func(p planning.Point) bool { return p.Prefill != nil })
	if pooled {
		f.Data.Columns = append(f.Data.Columns, "prefill_device", "prefill_tp", "prefill_pp", "prefill_dp", "prefill_ep",
			"prefill_max_num_batched_tokens", "prefill_replicas")
	}
	for i := range points {
		p := &points[i]
		c := &p.Choice
		row := []string{
			c.GPU, c.Format, c.Engine,
			fmt.Sprint(c.Parallel.TP), fmt.Sprint(c.Parallel.PP), fmt.Sprint(c.Parallel.DP), fmt.Sprint(c.Parallel.EP),
			fmt.Sprint(c.Budget), fmt.Sprint(p.Replicas), fmt.Sprint(p.Trial.GPUs), fmt.Sprint(p.Trial.Met()),
			figure.Cell(p.TokensPerSecondGPU), figure.Cell(p.TokensPerSecondUser), figure.Cell(p.USDPerMillion),
			figure.Cell(p.MedianTTFTMS), fmt.Sprint(p.SpeedFront), fmt.Sprint(p.PriceFront),
		}
		if pooled {
			row = append(row, prefillCells(p.Prefill)...)
		}
		f.Data.Add(row...)
	}
	points = telling(points)
	kinds := kindsOf(points)
	for i, kind := range kinds {
		f.Key = append(f.Key, figure.KeyEntry{Label: kind, Color: i, Mark: true})
	}
	speed, err := tradeOff(points, kinds, "Tokens for GPUs and for users",
		"output tokens/s of a user (1/TPOT p50)", "output tokens/s of a GPU",
		func(p *planning.Point) (x, y float64, front bool) {
			return p.TokensPerSecondUser, p.TokensPerSecondGPU, p.SpeedFront
		})
	if err != nil {
		return nil, err
	}
	price, err := tradeOff(points, kinds, "Price and patience",
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

// telling are the points of fronts, and of each plan the one with the fewest GPUs of those that meet the
// limits, or of those whose queues do not grow where none does. More replicas give fewer tokens each for
// hardly more to a user, and latencies of a queue that grows depend on how long the load lasts.
func telling(points []planning.Point) []planning.Point {
	less := func(p, than *planning.Point) bool {
		if p.Trial.Met() != than.Trial.Met() {
			return p.Trial.Met()
		}
		return p.Trial.GPUs < than.Trial.GPUs
	}
	fewest := map[division]*planning.Point{}
	for i := range points {
		p := &points[i]
		plan := divisionOf(p)
		if keepsUp(p) && (fewest[plan] == nil || less(p, fewest[plan])) {
			fewest[plan] = p
		}
	}
	var list []planning.Point
	for i := range points {
		p := &points[i]
		if p.SpeedFront || p.PriceFront || fewest[divisionOf(p)] == p {
			list = append(list, *p)
		}
	}
	return list
}

// division is a plan whatever its replicas.
type division struct{ serving, prefill planning.Choice }

func divisionOf(p *planning.Point) division {
	d := division{serving: p.Choice}
	if p.Prefill != nil {
		d.prefill = p.Prefill.Choice
	}
	return d
}

// keepsUp tells whether the queue of a simulation does not grow.
func keepsUp(p *planning.Point) bool { return p.Trial.Run == nil || !p.Trial.Run.Overloaded() }

// prefillCells are the columns of a prefill pool; empty where there is none.
func prefillCells(a *planning.Arrangement) []string {
	if a == nil {
		return make([]string, 7)
	}
	d := &a.Parallel
	return []string{
		a.GPU, fmt.Sprint(d.TP), fmt.Sprint(d.PP), fmt.Sprint(d.DP), fmt.Sprint(d.EP), fmt.Sprint(a.Budget),
		fmt.Sprint(a.Replicas),
	}
}

// kindOf is what tells a plan's colour: its device and the format of its weights, and whether it has pools.
func kindOf(p *planning.Point) string {
	cells := arrangementCells(&p.Arrangement)
	kind := cells[0] + ", " + cells[1] + " weights"
	if p.Prefill != nil {
		kind += ", pools"
	}
	return kind
}

// kindsOf lists the kinds of plans in the order of the points.
func kindsOf(points []planning.Point) []string {
	var kinds []string
	for i := range points {
		if kind := kindOf(&points[i]); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// tradeOff is a panel of all points, a colour for each kind, with a line along the front.
func tradeOff(points []planning.Point, kinds []string, title, x, y string,
	of func(*planning.Point) (x, y float64, front bool)) (*plot.Plot, error) {
	p := figure.NewPlot(title, x, y)
	met, missed := make([]plotter.XYs, len(kinds)), make([]plotter.XYs, len(kinds))
	var front plotter.XYs
	for i := range points {
		x, y, best := of(&points[i])
		if x <= 0 || y <= 0 {
			continue
		}
		at, group := plotter.XY{X: x, Y: y}, missed
		if points[i].Trial.Met() {
			group = met
		}
		kind := slices.Index(kinds, kindOf(&points[i]))
		group[kind] = append(group[kind], at)
		if best {
			front = append(front, at)
		}
	}
	if len(front) == 0 {
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
		return p, nil
	}
	slices.SortFunc(front, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
	line, err := figure.Steps(front, figure.Grey)
	if err != nil {
		return nil, err
	}
	p.Add(line.Line)
	for i := range kinds {
		err = errors.Join(err, addDots(p, met[i], i, figure.Filled(i)),
			addDots(p, missed[i], i, figure.Open(i)))
	}
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.X.Min, p.X.Max = logRange(p.X.Min, p.X.Max)
	p.Y.Min, p.Y.Max = logRange(p.Y.Min, p.Y.Max)
	return p, err
}

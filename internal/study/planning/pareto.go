package planning

import (
	"cmp"
	"slices"
)

// Point is one simulation as two trade-offs see it.
type Point struct {
	*Attempt
	TokensPerSecondGPU  float64 // output tokens, of all replicas, for each GPU
	TokensPerSecondUser float64 // 1,000 ms over the median TPOT
	USDPerMillion       float64 // of output tokens; 0 where no price is known
	MedianTTFTMS        float64
	// Fronts are of systems whose queues do not grow: what others give depends on how long the load lasts.
	SpeedFront bool // no other gives more tokens both for each GPU and for each user
	PriceFront bool // no other is both cheaper and sooner at the first token
}

// Points are all simulations that completed requests, with the fronts marked.
func (a *Answer) Points() []Point {
	var list []Point
	for i := range a.Trials {
		m := a.Trials[i].Trial.Metrics
		if m["median_tpot_ms"] == 0 {
			continue
		}
		list = append(list, Point{Attempt: &a.Trials[i],
			TokensPerSecondGPU:  m["output_throughput"] / float64(a.Trials[i].Trial.GPUs),
			TokensPerSecondUser: 1000 / m["median_tpot_ms"],
			USDPerMillion:       m["price.usd_per_million_output_tokens"], MedianTTFTMS: m["median_ttft_ms"]})
	}
	mark(list, func(p *Point) (a, b float64) { return -p.TokensPerSecondGPU, -p.TokensPerSecondUser },
		func(p *Point) *bool { return &p.SpeedFront })
	priced := slices.ContainsFunc(list, func(p Point) bool { return p.USDPerMillion > 0 })
	if priced {
		mark(list, func(p *Point) (a, b float64) { return p.USDPerMillion, p.MedianTTFTMS },
			func(p *Point) *bool { return &p.PriceFront })
	}
	return list
}

// mark finds the points that no other undercuts in both costs. Of points with equal costs the first counts.
func mark(list []Point, costs func(*Point) (a, b float64), flag func(*Point) *bool) {
	order := make([]int, 0, len(list))
	for i := range list {
		if r := list[i].Trial.Run; r == nil || !r.Overloaded() {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int {
		a, b := costs(&list[x])
		c, d := costs(&list[y])
		return cmp.Or(cmp.Compare(a, c), cmp.Compare(b, d))
	})
	least, first := 0.0, true
	for _, i := range order {
		if _, b := costs(&list[i]); first || b < least {
			*flag(&list[i]) = true
			least, first = b, false
		}
	}
}

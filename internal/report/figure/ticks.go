package figure

import (
	"math"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"

	"gonum.org/v1/plot"
)

// Linear marks an axis at round steps of 1, 2 or 5 times a power of ten.
type Linear struct {
	// Percent labels shares as percentages.
	Percent bool
	// Marks is about how many ticks there are; 0 for five.
	Marks int
}

// Ticks implements plot.Ticker.
func (l Linear) Ticks(lo, hi float64) []plot.Tick {
	marks := l.Marks
	if marks == 0 {
		marks = 5
	}
	step := RoundStep((hi - lo) / float64(marks))
	if step == 0 {
		return []plot.Tick{{Value: lo, Label: Number(lo)}}
	}
	var ticks []plot.Tick
	for i := math.Ceil(lo/step - 1e-9); i <= hi/step+1e-9; i++ {
		v := float64(i*step) + 0 // not -0
		label := Number(v)
		if l.Percent {
			label = strconv.FormatFloat(v*100, 'g', 4, 64) + "%"
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: label})
	}
	return ticks
}

// RoundStep is the smallest of 1, 2 and 5 times a power of ten that is at least rough; 0 where rough is not
// positive.
func RoundStep(rough float64) float64 {
	if !(rough > 0) || math.IsInf(rough, 0) {
		return 0
	}
	base := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5} {
		if m*base >= rough*(1-1e-9) {
			return m * base
		}
	}
	return 10 * base
}

// Log marks a logarithmic axis at powers of ten, and at 2 and 5 times them where there are few.
type Log struct{}

// fewDecades is how short a logarithmic axis is that has a number at each tick.
const fewDecades = 0.8

// Ticks implements plot.Ticker.
func (Log) Ticks(lo, hi float64) []plot.Tick {
	decades := math.Log10(hi / lo)
	var ticks []plot.Tick
	for e := math.Floor(math.Log10(lo)); e <= math.Ceil(math.Log10(hi)); e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, e)
			if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
				continue
			}
			tick := plot.Tick{Value: v}
			if m == 1 || decades < 3.2 && (m == 2 || m == 5) || decades < fewDecades {
				tick.Label = Number(v)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// Number writes an axis value briefly: 0.05, 250, 1,500, 20k, 3M.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e9:
		return short(v/1e9) + "G"
	case a >= 1e6:
		return short(v/1e6) + "M"
	case a >= 1e4:
		return short(v/1e3) + "k"
	case a >= 1e3:
		return units.Thousands(strconv.FormatFloat(v, 'f', 0, 64))
	default:
		return short(v)
	}
}

func short(v float64) string { return strconv.FormatFloat(float64(float32(v)), 'g', 4, 64) }

// PowersOfTwo marks a logarithmic axis of token counts at powers of two, every second of them where there are
// many: 1k, 4k, …, 1M, in units of 1,024 and of its square.
type PowersOfTwo struct{}

// Ticks implements plot.Ticker.
func (PowersOfTwo) Ticks(lo, hi float64) []plot.Tick {
	first, last := math.Ceil(math.Log2(lo)-1e-9), math.Floor(math.Log2(hi)+1e-9)
	step := 1.0
	if last-first > 7 {
		step = 2
	}
	var ticks []plot.Tick
	for e := first; e <= last; e += step {
		v := math.Exp2(e)
		ticks = append(ticks, plot.Tick{Value: v, Label: Tokens(v)})
	}
	return ticks
}

// Tokens writes a token count in units of 1,024 and of its square: 512, 8k, 1M.
func Tokens(v float64) string {
	switch {
	case v >= 1<<20:
		return short(v/(1<<20)) + "M"
	case v >= 1<<10:
		return short(v/(1<<10)) + "k"
	default:
		return short(v)
	}
}

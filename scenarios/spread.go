package scenarios

import (
	"math"
	"math/rand/v2"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// Spread says how sure a run's mean latencies are: the standard deviations of their logarithms. The
// parameters of the kernels' laws are drawn as far from their values as held-out measurements were;
// engines.Spread is added to that.
type Spread struct{ TPOT, TTFT float64 }

// spreadDraws is the number of draws: a standard deviation of so many is off by a sixth of itself.
const spreadDraws = 20

// Spread times a run's typical steps under draws of the kernels' parameters: the mean decode step, and one
// that computes a mean prompt, in the shares in which they make up a token's time. The same seed gives the
// same draws.
func (b *Built) Spread(run *Run, seed uint64) (Spread, error) {
	decode, prompt := b.decodeLoads(run.Result), b.promptLoads(run)
	share := 0.0 // of a token's time that its own decode steps make up; the rest are steps with prompts
	if decode != nil && run.Result.TPOT.Mean > 0 {
		share = math.Min(1, 1000*float64(b.cost.Step(decode).Seconds())/run.Result.TPOT.Mean)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	var tpot, ttft moments
	for range spreadDraws {
		config := b.cost.Config
		config.Kernels = config.Kernels.Draw(rng)
		drawn, err := cost.New(config)
		if err != nil {
			return Spread{}, err
		}
		p := slowdown(drawn, b.cost, prompt)
		tpot.add(portable.Log(float64(share*slowdown(drawn, b.cost, decode)) + float64((1-share)*p)))
		ttft.add(portable.Log(p))
	}
	s := b.Parts.Engine.Serving.Spread
	common := float64(s.Deployment * s.Deployment)
	if b.Parts.Borrowed {
		common += float64(s.Transfer * s.Transfer)
	}
	spread := Spread{TTFT: math.Sqrt(ttft.variance() + common)}
	sequences := run.Result.MeanDecode.Sequences
	for _, us := range []float64{s.StepUS, float64(s.SequenceUS * sequences)} {
		if run.Result.TPOT.Mean > 0 {
			part := us / (1000 * run.Result.TPOT.Mean)
			common += float64(part * part)
		}
	}
	spread.TPOT = math.Sqrt(tpot.variance() + common)
	return spread, nil
}

// normal95 is the 95th percentile of the standard normal distribution.
const normal95 = 1.6449

// Likely is from the 5th to the 95th percentile of a log-normal time with a median and a standard deviation
// of its logarithm.
func Likely(median, deviation float64) (low, high float64) {
	factor := portable.Exp(float64(normal95 * deviation))
	return median / factor, median * factor
}

// slowdown is how many times as long a step takes.
func slowdown(drawn, base *cost.Model, loads []arch.Load) float64 {
	if loads == nil {
		return 1
	}
	return float64(drawn.Step(loads)) / float64(base.Step(loads))
}

// promptLoads is a step of one mean prompt, as long as the engine allows, on every data-parallel rank.
func (b *Built) promptLoads(run *Run) []arch.Load {
	if run.Result.Completed == 0 {
		return nil
	}
	tokens := min(int(run.Result.InputTokens)/run.Result.Completed, b.Parts.Limits.MaxNumBatchedTokens)
	loads := make([]arch.Load, b.Parts.Plan.DP)
	for i := range loads {
		loads[i].AddChunk(b.cost.Reaches(), 0, tokens, true)
	}
	return loads
}

// moments sums up to a variance.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.squares += float64(x * x)
}

func (m *moments) variance() float64 {
	mean := m.sum / m.n
	return math.Max(0, m.squares/m.n-float64(mean*mean))
}

package scenarios

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
)

// Sureness says how far a run's latencies may be from what a deployment would measure.
type Sureness struct {
	engines.Grounds
	// Half of the width of the 5–95% interval of each latency's logarithm. Whatever is neither counts as E2E.
	TPOT, TTFT, E2E float64
}

// Of is the half-width that a metric has, of its logarithm.
func (s *Sureness) Of(metric string) float64 {
	l, _ := LatencyOf(metric)
	switch {
	case l == nil:
		return s.E2E
	case l.Key == "ttft":
		return s.TTFT
	case l.needs == needsSecondToken:
		return s.TPOT
	default:
		return s.E2E
	}
}

// Sureness judges a run of b by how far predictions were from deployments that were left out of the fit.
func (b *Built) Sureness(run *Run) (*Sureness, error) {
	g, err := b.Grounds(run)
	if err != nil {
		return nil, err
	}
	d := engines.InDoubt()
	return &Sureness{Grounds: *g, TPOT: d.HalfWidth(&d.TPOT, g.Laws.TPOT, g),
		TTFT: d.HalfWidth(&d.TTFT, g.Laws.TTFT, g), E2E: d.HalfWidth(&d.E2E, g.Laws.E2E, g)}, nil
}

// Grounds are what the evidence under a run of b is.
func (b *Built) Grounds(run *Run) (*engines.Grounds, error) {
	g := b.Parts.grounds(b.Scenario)
	return g, b.laws(run, g)
}

// grounds are the evidence under a resolved scenario, but for its laws.
func (p *Parts) grounds(s *Scenario) *engines.Grounds {
	g := &engines.Grounds{}
	g.Formats, g.Mixers = p.FormatsAndMixers()
	engines.InDoubt().Lacks(g, p.Engine.Name)
	asked := s.Engine.Version
	g.VersionMeasured = slices.ContainsFunc(kernels.Versions(p.Device, p.Engine.Kernels), func(v string) bool {
		return release.Is(asked) && release.Compare(v, asked) == 0
	})
	return g
}

// StepHalfWidth is half of the width of the 5–95% interval of the logarithm of a step's time, on the grounds
// on which a run's latencies have theirs: TPOT where the step decodes, TTFT where it computes prompts.
func (p *Parts) StepHalfWidth(s *Scenario, m *cost.Model, loads []arch.Load) (float64, error) {
	var times moments
	err := eachDraw(m, func(drawn *cost.Model) { times.add(portable.Log(slowdown(drawn, m, loads))) })
	d, g := engines.InDoubt(), p.grounds(s)
	if loads[0].Decodes > 0 {
		return d.HalfWidth(&d.TPOT, times.deviation(), g), err
	}
	return d.HalfWidth(&d.TTFT, times.deviation(), g), err
}

// FormatsAndMixers are the number formats of the weights that do the work, and the kinds of mixers, each
// once, in order of their names.
func (p *Parts) FormatsAndMixers() (formats, mixers []string) {
	asked := &p.Plan.Precision
	formats = []string{asked.Attention.String()}
	feed := asked.Dense
	for i := range p.Model.Stack {
		layer := &p.Model.Stack[i]
		if layer.FFN != nil && arch.ExpertsOf(layer.FFN) != nil {
			feed = asked.Experts
		}
		if layer.Mixer != nil {
			mixers = append(mixers, layer.Mixer.Kind())
		}
	}
	formats = append(formats, feed.String())
	for _, list := range []*[]string{&formats, &mixers} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return formats, mixers
}

// lawDraws is the number of draws: a standard deviation of so many is off by a sixth of itself.
const lawDraws = 20

// laws times a run's typical steps under draws of the kernels' parameters, which lie as far from their values
// as held-out measurements did: the mean decode step, and one that computes a mean prompt, in the shares in
// which they make up a token's time. The same run gives the same draws.
func (b *Built) laws(run *Run, g *engines.Grounds) error {
	decode, prompt := b.decodeLoads(run.Result), b.promptLoads(run)
	// share is a token's time in its own decode steps, first a request's time to the first token
	share, first := 0.0, 0.0
	if decode != nil && run.Result.TPOT.Mean > 0 {
		own := 1000 * float64(b.cost.Step(decode).Seconds()) / b.Parts.Speculation.Length()
		share = math.Min(1, own/run.Result.TPOT.Mean)
	}
	if run.Result.E2E.Mean > 0 {
		first = math.Min(1, run.Result.TTFT.Mean/run.Result.E2E.Mean)
	}
	var tpot, ttft, e2e moments
	err := eachDraw(b.cost, func(drawn *cost.Model) {
		p := slowdown(drawn, b.cost, prompt)
		t := float64(share*slowdown(drawn, b.cost, decode)) + float64((1-share)*p)
		tpot.add(portable.Log(t))
		ttft.add(portable.Log(p))
		e2e.add(portable.Log(float64(first*p) + float64((1-first)*t)))
	})
	g.Laws.TPOT, g.Laws.TTFT, g.Laws.E2E = tpot.deviation(), ttft.deviation(), e2e.deviation()
	return err
}

// eachDraw yields a model under each draw of its kernels' parameters. The same model has the same draws.
func eachDraw(m *cost.Model, yield func(*cost.Model)) error {
	rng := rand.New(rand.NewPCG(0, 0))
	for range lawDraws {
		config := m.Config
		config.Kernels = config.Kernels.Draw(rng)
		drawn, err := cost.New(config)
		if err != nil {
			return err
		}
		yield(drawn)
	}
	return nil
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

// moments sums up to a standard deviation.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.squares += float64(x * x)
}

func (m *moments) deviation() float64 {
	mean := m.sum / m.n
	return math.Sqrt(math.Max(0, m.squares/m.n-float64(mean*mean)))
}

package engines

import (
	_ "embed" // how far predictions lie from measurements
	"math"
	"slices"
	"sync"

	"github.com/roofserve/roofserve/internal/strict"
)

//go:embed doubt.toml
var doubtFile []byte

// Doubt is how far predictions lie from deployments that nobody had seen: one random effect a cell, which is
// a model under a version of an engine on a GPU and whose rows err together, and what rows of a cell differ
// by. All deviations are standard deviations of logarithms.
type Doubt struct {
	Source string `toml:"source"`
	// Unseen is what the effect of cells that nobody had seen when the laws were chosen has beyond that of those
	// that were in view and left out of the fit. It adds in squares.
	Unseen float64 `toml:"unseen"`
	// Drift is how far the measured versions of an engine's kernels lie apart, and Drifted the share of cells
	// whose own version is not among them: a cell's effect holds so much of it already.
	Drift   float64 `toml:"drift"`
	Drifted float64 `toml:"drifted"`
	Wider   Wider   `toml:"wider"`
	TPOT    Effect  `toml:"tpot"`
	TTFT    Effect  `toml:"ttft"`
	E2E     Effect  `toml:"e2e"`
	Seen    []Seen  `toml:"seen"`
}

// Wider is how many times as large a cell's effect is where no row of the engine, or none of the engine with
// the format or the kind of mixer, was measured.
type Wider struct {
	Engine float64 `toml:"engine"`
	Format float64 `toml:"format"`
	Mixer  float64 `toml:"mixer"`
}

// Effect is how far predictions of one latency lie from measurements.
type Effect struct {
	Cells    int     `toml:"cells"`    // that it was found on
	Cell     float64 `toml:"cell"`     // of cells' effects, left out
	Residual float64 `toml:"residual"` // of rows within a cell
	Laws     float64 `toml:"laws"`     // what the kernels' own laws were known to be off by in those cells
	// Quantile is the 95th percentile of Student's t with a degree of freedom less than there are cells.
	Quantile float64 `toml:"quantile"`
}

// Seen is an engine with what was measured under it end to end.
type Seen struct {
	Engine  string   `toml:"engine"`
	Formats []string `toml:"formats"` // of weights
	Mixers  []string `toml:"mixers"`  // kinds of them, as arch.Kinds
}

// Grounds are what is known of the evidence under one prediction.
type Grounds struct {
	// Laws are what the kernels' laws are known to be off by in the steps of the run, of each latency.
	Laws struct{ TPOT, TTFT, E2E float64 }
	// Formats of the weights that do the work, and kinds of mixers.
	Formats, Mixers []string
	// VersionMeasured tells whether kernels of the very version of the engine were measured.
	VersionMeasured bool
	// What no end-to-end row was measured of: the engine; with it, a format of the weights; a mixer.
	NewEngine, NewFormat, NewMixer bool
}

// InDoubt is the catalogue's Doubt.
var InDoubt = sync.OnceValue(func() *Doubt {
	d := new(Doubt)
	if err := strict.Decode("doubt.toml", doubtFile, d); err != nil {
		panic(err) // the file is embedded and tested
	}
	return d
})

// Lacks fills in of what no row was measured.
func (d *Doubt) Lacks(g *Grounds, engine string) {
	g.NewFormat, g.NewMixer = false, false
	at := slices.IndexFunc(d.Seen, func(s Seen) bool { return s.Engine == engine })
	if g.NewEngine = at < 0; g.NewEngine {
		return
	}
	lacks := func(seen, asked []string) bool {
		return slices.ContainsFunc(asked, func(name string) bool { return !slices.Contains(seen, name) })
	}
	g.NewFormat, g.NewMixer = lacks(d.Seen[at].Formats, g.Formats), lacks(d.Seen[at].Mixers, g.Mixers)
}

// See counts what a row was measured of as seen.
func (d *Doubt) See(engine string, g *Grounds) {
	at := slices.IndexFunc(d.Seen, func(s Seen) bool { return s.Engine == engine })
	if at < 0 {
		at = len(d.Seen)
		d.Seen = append(d.Seen, Seen{Engine: engine})
	}
	s := &d.Seen[at]
	for _, both := range []struct {
		into *[]string
		from []string
	}{{&s.Formats, g.Formats}, {&s.Mixers, g.Mixers}} {
		*both.into = append(*both.into, both.from...)
		slices.Sort(*both.into)
		*both.into = slices.Compact(*both.into)
	}
}

// Factor is how many times as large a cell's effect is for what no row was measured of.
func (d *Doubt) Factor(g *Grounds) float64 {
	factor := 1.0
	for _, w := range []struct {
		lacks bool
		times float64
	}{{g.NewEngine, d.Wider.Engine}, {g.NewFormat, d.Wider.Format}, {g.NewMixer, d.Wider.Mixer}} {
		if w.lacks {
			factor *= w.times
		}
	}
	return factor
}

// HalfWidth is half of the width of the 5–95% interval of a latency's logarithm. Kernels' own laws count as
// far as they are known worse than in the cells that the effect was found on.
func (d *Doubt) HalfWidth(e *Effect, laws float64, g *Grounds) float64 {
	cell := e.Cell * d.Factor(g)
	drift := float64(d.Drift * d.Drift)
	variance := float64(cell*cell) + float64(d.Unseen*d.Unseen) - float64(d.Drifted*drift)
	if !g.VersionMeasured {
		variance += drift
	}
	variance = math.Max(variance, 0) + math.Max(0, float64(laws*laws)-float64(e.Laws*e.Laws)) +
		float64(e.Residual*e.Residual)
	return e.Quantile * math.Sqrt(variance)
}

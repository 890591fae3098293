package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Evidence is what the time of a step rests on.
type Evidence struct {
	Laws []LawShare // the one by which the step may be off most first
	Host float64    // the share of the engine's constants, which were fitted end to end
	// Operators are what nine in ten times of each are off by at most, in the order of the breakdown; 0 of the
	// host.
	Operators []float64

	step   string // "mean decode step"
	device string
	lacks  string // of what no deployment was measured
}

// LawShare is a law and its share of a step's time.
type LawShare struct {
	kernels.Origin
	Share float64
}

// weight is by how much the step may be off for the law.
func (l *LawShare) weight() float64 { return float64(l.Share * l.Error()) }

// Evidence is what the time of a step of the parts' model rests on. The step is called as step says.
func (p *Parts) Evidence(m *cost.Model, loads []arch.Load, step string) *Evidence {
	breakdown := m.Breakdown(loads)
	e := &Evidence{Operators: make([]float64, len(breakdown)), step: step, device: p.Device.Name,
		lacks: p.lacks()}
	var whole units.Seconds
	for i := range breakdown {
		whole += breakdown[i].Time
	}
	for _, law := range m.ByLaw(loads) {
		at := slices.IndexFunc(p.origins, func(o kernels.Origin) bool { return o.Law == law.Law })
		l := LawShare{p.origins[at], float64(law.Total() / whole)}
		e.Laws = append(e.Laws, l)
		for i, of := range law.Of {
			if of > 0 {
				e.Operators[i] += float64(l.Error() * float64(of/breakdown[i].Time))
			}
		}
	}
	e.Host = float64(breakdown[len(breakdown)-1].Time / whole)
	slices.SortStableFunc(e.Laws, func(a, b LawShare) int { return cmp.Compare(b.weight(), a.weight()) })
	return e
}

const (
	// notable is the error from which a law is named by itself, and worth the share of the step that it must
	// have for that.
	notable, worth = 0.3, 0.01
	// mostNamed is how many laws are named at most.
	mostNamed = 3
)

// String is the evidence in one line: what rests on sound laws together, and the worst by themselves.
func (e *Evidence) String() string {
	var sound, rest, soundError, restError float64
	var worst []string
	for i := range e.Laws {
		l := &e.Laws[i]
		switch {
		case l.Kind == kernels.Measured && l.Error() < notable:
			sound, soundError = sound+l.Share, soundError+l.weight()
		case l.Share >= worth && len(worst) < mostNamed:
			worst = append(worst, e.text(l))
		default:
			rest, restError = rest+l.Share, restError+l.weight()
		}
	}
	var parts []string
	add := func(share, weight float64, on string) {
		if share >= 0.005 {
			parts = append(parts, fmt.Sprintf("%.0f%% %s, ±%.0f%%", 100*share, on, 100*weight/share))
		}
	}
	add(sound, soundError, "on laws measured on "+e.device)
	parts = append(parts, worst...)
	add(rest, restError, "on others")
	if roof := 1 - e.Host - e.shares(); roof >= 0.005 {
		parts = append(parts, fmt.Sprintf("%.0f%% at the data sheet's bandwidth", 100*roof))
	}
	if e.Host >= 0.005 {
		parts = append(parts, fmt.Sprintf("%.0f%% on the engine's constants, fitted end to end", 100*e.Host))
	}
	text := e.step + " (± nine in ten held-out measurements): " + strings.Join(parts, "; ")
	if e.lacks != "" {
		text += "; no deployment was measured with " + e.lacks
	}
	return text
}

// shares is that of all laws.
func (e *Evidence) shares() (sum float64) {
	for i := range e.Laws {
		sum += e.Laws[i].Share
	}
	return sum
}

// text names a law with its share and its error.
func (e *Evidence) text(l *LawShare) string {
	on := l.Law
	switch l.Kind {
	case kernels.Measured, kernels.Bounded:
	case kernels.Assumed:
		on += " at typical efficiencies"
	default:
		on += " of " + l.Engine
		if l.Device != e.device {
			on += " on " + l.Device
		}
	}
	text := fmt.Sprintf("%.0f%% on %s, ±%.0f%%", 100*l.Share, on, 100*l.Error())
	if l.Kind == kernels.Bounded {
		text += " by measured kernels of its kind"
	}
	if l.Dropped > l.Rows/10 {
		text += fmt.Sprintf(", %s of %s rows dropped", units.Thousands(fmt.Sprint(l.Dropped)), units.Thousands(fmt.Sprint(l.Rows+l.Dropped)))
	}
	return text
}

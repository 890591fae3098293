package calibrate

import (
	"fmt"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/cost/robust"
)

// fitter minimises the robust loss of a law over samples, in the logarithms of its free parameters.
type fitter struct {
	set     *kernels.Set
	samples []Sample
	free    []kernels.Parameter
}

// newFitter prepares a fit of the problem's law in a copy of start; variant is empty for laws without any.
func newFitter(p *Problem, start *kernels.Set, variant string, samples []Sample) (*fitter, error) {
	set := *start
	f := &fitter{set: &set, samples: samples}
	law := lawOf(&set, p.Law)
	if law == nil {
		return nil, fmt.Errorf("calibration: no law %q", p.Law)
	}
	if chosen, ok := law.(kernels.Chosen); ok && variant != "" {
		if err := chosen.SetVariant(variant); err != nil {
			return nil, fmt.Errorf("calibration of %s: %w", p.Law, err)
		}
	}
	for _, parameter := range law.Parameters() {
		_, fixed := p.Fixed[parameter.Name]
		if parameter.PerSM {
			parameter.High = min(parameter.High, mostRate(p.Device))
		}
		if most, bounded := p.Most[parameter.Name]; bounded {
			parameter.High = most
		}
		if !fixed && parameter.Name != kernels.DiscrepancyName {
			f.free = append(f.free, parameter)
		}
	}
	return f, nil
}

// mostShare is the most of a device's bandwidth that a law may say its kernels reach, see kernels.Traffic.
// With more, fits of rows on H100 alone let kernels gain more from H200's bandwidth than was measured.
const mostShare = 0.932

// mostRate is the rate of one SM at which kernels reach mostShare of a device's bandwidth.
func mostRate(d *hw.Device) float64 {
	return mostShare / (1 - mostShare) * float64(d.Bandwidth) / float64(d.SMs)
}

func lawOf(set *kernels.Set, name string) kernels.Law {
	for _, law := range set.Laws() {
		if law.Name == name {
			return law.Law
		}
	}
	return nil
}

// assign sets the free parameters, within their bounds.
func (f *fitter) assign(theta []float64) {
	for i, p := range f.free {
		*p.Value = portable.Exp(theta[i])
	}
}

// residuals are ln(predicted/measured).
func (f *fitter) residuals(theta []float64) []float64 {
	f.assign(theta)
	r := make([]float64, len(f.samples))
	for i, s := range f.samples {
		r[i] = portable.Log(float64(s.Predict(f.set)) / float64(s.Measured))
	}
	return r
}

// problem is the fit as its optimiser sees it.
func (f *fitter) problem() *robust.Problem {
	p := &robust.Problem{Residuals: f.residuals}
	for _, parameter := range f.free {
		p.Low, p.High = append(p.Low, portable.Log(parameter.Low)), append(p.High, portable.Log(parameter.High))
	}
	for _, s := range f.samples {
		p.Groups = append(p.Groups, s.Group)
	}
	return p
}

// minimise finds the best parameters from theta on, which holds them afterwards, and returns the loss
// reached.
func (f *fitter) minimise(theta []float64) float64 {
	least := f.problem().Minimise(theta)
	f.assign(theta)
	return least
}

// standardErrors are those of the parameters' logarithms at theta.
func (f *fitter) standardErrors(theta []float64) []float64 {
	errors := f.problem().StandardErrors(theta)
	f.assign(theta)
	return errors
}

package calibrate

import (
	"math"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/cost/robust"
)

// folds is the number of parts that groups of shapes are held out in.
const folds = 5

// Fit is a problem solved.
type Fit struct {
	*Problem
	Variant    string // the law's structure that was kept
	Parameters []kernels.FittedParameter
	AtBound    []string  // parameters that a bound stopped
	Within     Errors    // on the rows that were fitted
	Held       Errors    // on held-out groups
	Roofline   Errors    // of the bare data-sheet roofline
	Typical    Errors    // of kernels.Default, which stands in where nothing was measured
	Residuals  []float64 // ln(predicted/measured) of each sample when its group is held out
	Outside    []Outside // rows left out because the law is not meant for them
}

// Outside is what a fit gives on rows that its law is not meant for.
type Outside struct {
	Reason string
	Rows   int
	Errors Errors
}

// Errors sums up |predicted/measured − 1| over samples, and their mean logarithm.
type Errors struct {
	Median, P90, Bias float64
}

// solve fits a problem and judges it by holding out groups.
func solve(p *Problem, start *kernels.Set) (*Fit, error) {
	if err := p.predictable(start); err != nil {
		return nil, err
	}
	whole, theta, variant, err := fitBest(p, start)
	if err != nil {
		return nil, err
	}
	fit := &Fit{Problem: p, Variant: variant, Within: summarise(whole.residuals(theta))}
	for i, parameter := range whole.free {
		if whole.problem().AtBound(theta, i) {
			fit.AtBound = append(fit.AtBound, parameter.Name)
		}
	}
	if fit.Residuals, err = heldOut(p, start, variant, theta); err != nil {
		return nil, err
	}
	fit.Held = summarise(fit.Residuals)
	for _, reason := range sortedKeys(p.outside) {
		rest := &fitter{set: whole.set, samples: p.outside[reason]}
		fit.Outside = append(fit.Outside, Outside{Reason: reason, Rows: len(rest.samples),
			Errors: summarise(rest.residuals(nil))})
	}
	fit.Typical = summarise((&fitter{set: kernels.Default(), samples: p.Samples}).residuals(nil))
	fit.Roofline = summarise((&fitter{set: kernels.Datasheet(), samples: p.Samples}).residuals(nil))
	errors := whole.standardErrors(theta)
	byName := map[string]float64{kernels.DiscrepancyName: groupSpread(p.Samples, fit.Residuals)}
	for i, parameter := range whole.free {
		byName[parameter.Name] = errors[i]
	}
	for _, parameter := range lawOf(whole.set, p.Law).Parameters() {
		fit.Parameters = append(fit.Parameters, kernels.FittedParameter{Name: parameter.Name, Unit: parameter.Unit,
			Value: significant(*parameter.Value), StandardError: significant(byName[parameter.Name])})
	}
	return fit, nil
}

// fitBest fits every variant of the problem's law and keeps the one with the least loss.
func fitBest(p *Problem, start *kernels.Set) (best *fitter, theta []float64, variant string, err error) {
	least := math.Inf(1)
	for _, name := range p.variants() {
		f, err := newFitter(p, start, name, p.Samples)
		if err != nil {
			return nil, nil, "", err
		}
		t := f.best(nil)
		if l := robust.Loss(f.residuals(t)); l < least {
			best, theta, variant, least = f, t, name, l
		}
	}
	return best, theta, variant, nil
}

// variants are the structures to try; one without a name where the law has none.
func (p *Problem) variants() []string {
	if len(p.Variants) == 0 {
		return []string{""}
	}
	return p.Variants
}

// best minimises from the start set's values, from the middle of the bounds, and from near where it is told.
func (f *fitter) best(near []float64) []float64 {
	var starts [][]float64
	if near != nil {
		starts = append(starts, append([]float64(nil), near...))
	} else {
		var given, middle []float64
		for _, p := range f.free {
			given = append(given, portable.Log(*p.Value))
			middle = append(middle,
				(portable.Log(*p.Value)+float64(portable.Log(p.Low)/2)+float64(portable.Log(p.High)/2))/2)
		}
		starts = append(starts, given, middle)
	}
	var theta []float64
	least := math.Inf(1)
	for _, s := range starts {
		if l := f.minimise(s); l < least {
			least, theta = l, s
		}
	}
	f.assign(theta)
	return theta
}

// heldOut predicts every sample with parameters fitted without its group.
func heldOut(p *Problem, start *kernels.Set, variant string, near []float64) ([]float64, error) {
	residuals := make([]float64, len(p.Samples))
	for part := range uint64(folds) {
		var kept, held []Sample
		var places []int
		for i, s := range p.Samples {
			if fold(s.Group, folds) == part {
				held, places = append(held, s), append(places, i)
			} else {
				kept = append(kept, s)
			}
		}
		if len(kept) == 0 || len(held) == 0 {
			kept = p.Samples
		}
		f, err := newFitter(p, start, variant, kept)
		if err != nil {
			return nil, err
		}
		theta := f.best(near)
		f.samples = held
		for i, r := range f.residuals(theta) {
			residuals[places[i]] = r
		}
	}
	return residuals, nil
}

func summarise(residuals []float64) Errors {
	if len(residuals) == 0 {
		return Errors{}
	}
	sum := 0.0
	sizes := make([]float64, len(residuals))
	for i, r := range residuals {
		sum += r
		sizes[i] = math.Abs(portable.Exp(r) - 1)
	}
	slices.Sort(sizes)
	return Errors{Median: quantile(sizes, 0.5), P90: quantile(sizes, 0.9), Bias: sum / float64(len(residuals))}
}

// quantile of a sorted sample, the nearest rank.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// groupSpread is the robust standard deviation (1.48 times the median size) of the groups' mean residuals.
func groupSpread(samples []Sample, residuals []float64) float64 {
	sum, count := map[string]float64{}, map[string]float64{}
	for i, s := range samples {
		sum[s.Group] += residuals[i]
		count[s.Group]++
	}
	var sizes []float64
	for g := range sum {
		sizes = append(sizes, math.Abs(sum[g]/count[g]))
	}
	slices.Sort(sizes)
	return 1.4826 * quantile(sizes, 0.5)
}

// significant rounds to four significant digits: more would be noise, and would differ between machines.
func significant(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 3, 64), 64) // which reads whatever it writes
	return rounded
}

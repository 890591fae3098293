package scenarios

import (
	"cmp"

	"github.com/roofserve/roofserve/workloads"
)

// Synthetic describes requests that are drawn at random.
type Synthetic struct {
	Requests int          `toml:"requests" json:"requests"`
	Seed     uint64       `toml:"seed" json:"seed"`
	Arrival  Arrival      `toml:"arrival" json:"arrival"`
	Input    Distribution `toml:"input" json:"input"`
	Output   Distribution `toml:"output" json:"output"`
	// Language makes input and output count characters of a text in it, which the model's vocabulary turns into tokens.
	Language   string `toml:"language" json:"language,omitempty"`
	Vocabulary string `toml:"vocabulary" json:"vocabulary,omitempty"` // instead of the model's
}

// Arrival is the process by which synthetic requests arrive.
type Arrival struct {
	Process     string  `toml:"process" json:"process"`                   // poisson, gamma, constant, closed, trace
	Rate        float64 `toml:"rate" json:"rate,omitempty"`               // requests a second
	Burstiness  float64 `toml:"burstiness" json:"burstiness,omitempty"`   // gamma's shape; 1 is Poisson
	Concurrency int     `toml:"concurrency" json:"concurrency,omitempty"` // users of a closed loop
	Trace       string  `toml:"trace" json:"trace,omitempty"`             // whose arrival times are taken
}

// Distribution is how long synthetic prompts or outputs are, in tokens, or in characters where a language is named.
type Distribution struct {
	Distribution string  `toml:"distribution" json:"distribution"` // fixed, uniform, normal, lognormal, empirical
	Value        int     `toml:"value" json:"value,omitempty"`
	Mean         float64 `toml:"mean" json:"mean,omitempty"`
	Std          float64 `toml:"std" json:"std,omitempty"`
	Min          int     `toml:"min" json:"min,omitempty"`
	Max          int     `toml:"max" json:"max,omitempty"`
	Trace        string  `toml:"trace" json:"trace,omitempty"` // whose lengths are drawn from
}

// IsSynthetic tells whether the requests are drawn rather than read.
func (s *Scenario) IsSynthetic() bool {
	return s.source.has("workload.synthetic") || s.Workload.Synthetic != Synthetic{}
}

func (s *Scenario) checkSynthetic() error {
	if !s.IsSynthetic() {
		return nil
	}
	const at = "workload.synthetic"
	y := &s.Workload.Synthetic
	if y.Requests == 0 {
		return s.source.fault(at+".requests", "is missing", "say how many requests there are, as in requests = 10000")
	}
	a := &y.Arrival
	var need string
	switch a.Process {
	case "":
		return s.source.fault(at+".arrival", "is missing", `say how requests arrive, as in arrival = { process = "poisson", rate = 20.0 }`)
	case "closed":
		need = missing(a.Concurrency == 0, "concurrency = 64")
	case "gamma":
		need = missing(a.Rate == 0, "rate = 20.0") + missing(a.Burstiness == 0, "burstiness = 0.5")
	case "trace":
		need = missing(a.Trace == "", `trace = "azure-2023-conv"`)
	default:
		need = missing(a.Rate == 0, "rate = 20.0")
	}
	if need != "" {
		return s.source.faultf(at+".arrival", "add"+need, "the %s process lacks a setting", a.Process)
	}
	return cmp.Or(s.checkMeanings(at+".arrival", "process", a.Process, arrivalKeys),
		s.checkDistribution(at+".input", &y.Input), s.checkDistribution(at+".output", &y.Output),
		s.checkSeeds(), s.checkColumns())
}

func (s *Scenario) checkDistribution(path string, d *Distribution) error {
	var need string
	switch d.Distribution {
	case "":
		return s.source.fault(path, "is missing", `say how long they are, as in { distribution = "fixed", value = 512 }`)
	case "fixed":
		need = missing(d.Value == 0, "value = 512")
	case "uniform":
		need = missing(d.Min == 0, "min = 1") + missing(d.Max == 0, "max = 1024")
	case "empirical":
		need = missing(d.Trace == "", `trace = "azure-2023-conv"`)
	default:
		need = missing(d.Mean == 0, "mean = 512")
	}
	if need != "" {
		return s.source.faultf(path, "add"+need, "the %s distribution lacks a setting", d.Distribution)
	}
	if d.Max > 0 && d.Max < d.Min {
		return s.source.faultf(path, "use a max of at least min", "max = %d is below min = %d", d.Max, d.Min)
	}
	return s.checkMeanings(path, "distribution", d.Distribution, lengthKeys)
}

func missing(is bool, example string) string {
	if !is {
		return ""
	}
	return " " + example
}

// requests opens the trace, or starts to draw.
func (s *Scenario) requests() (workloads.Source, error) {
	w := &s.Workload
	if !s.IsSynthetic() {
		return s.openTrace("workload.trace", w.Trace)
	}
	const at = "workload.synthetic"
	y := &w.Synthetic
	a := &y.Arrival
	input, output, err := s.lengths()
	if err != nil {
		return nil, err
	}
	opener := func(key, trace string) (workloads.Source, error) { return s.openTrace(at+"."+key, trace) }
	source, err := workloads.Generate(workloads.Synthetic{
		Requests: y.Requests, Seed: y.Seed,
		Arrival: workloads.Arrival{Process: a.Process, Rate: a.Rate, Burstiness: a.Burstiness, Concurrency: a.Concurrency, Trace: a.Trace},
		Input:   input, Output: output,
	}, opener)
	return source, s.blame(at, err)
}

// Keys of an arrival process, and of a distribution of lengths.
var (
	arrivalKeys = []meaning{
		{"rate", []string{"poisson", "gamma", "constant"}},
		{"burstiness", []string{"gamma"}},
		{"concurrency", []string{"closed"}},
		{"trace", []string{"trace"}},
	}
	lengthKeys = []meaning{
		{"value", []string{"fixed"}},
		{"mean", []string{"normal", "lognormal"}},
		{"std", []string{"normal", "lognormal"}},
		{"min", []string{"uniform", "normal", "lognormal"}},
		{"max", []string{"uniform", "normal", "lognormal"}},
		{"trace", []string{"empirical"}},
	}
)

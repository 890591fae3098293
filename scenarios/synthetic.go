package scenarios

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/roofserve/roofserve/workloads"
)

// Synthetic describes requests that are drawn at random.
type Synthetic struct {
	Requests   int          `toml:"requests" json:"requests"`
	Seed       uint64       `toml:"seed" json:"seed"`
	Arrival    Arrival      `toml:"arrival" json:"arrival"`
	Input      Distribution `toml:"input" json:"input"`
	Output     Distribution `toml:"output" json:"output"`
	Language   string       `toml:"language" json:"language,omitempty"`
	Vocabulary string       `toml:"vocabulary" json:"vocabulary,omitempty"`
	Prompts    int          `toml:"prompts" json:"prompts,omitempty"`
	Sessions   Sessions     `toml:"sessions" json:"sessions,omitzero"`
}

// Arrival is the process by which synthetic requests arrive.
type Arrival struct {
	Process     string  `toml:"process" json:"process"`
	Rate        Rate    `toml:"rate" json:"rate,omitempty"`
	Burstiness  float64 `toml:"burstiness" json:"burstiness,omitempty"`
	Concurrency int     `toml:"concurrency" json:"concurrency,omitempty"`
	Trace       string  `toml:"trace" json:"trace,omitempty"`
}

// Rate is a number of requests a second, which may be infinite: then all arrive at time 0.
type Rate float64

// rates are those that are taken.
var rates = &span{min: workloads.MinRate, max: maxRate, infinite: true,
	words: fmt.Sprintf("a number from %g to %g, or inf", workloads.MinRate, maxRate)}

// UnmarshalTOML reads a number, or "inf" as vLLM's benchmark writes it.
func (r *Rate) UnmarshalTOML(value any) error {
	switch v := value.(type) {
	case float64:
		*r = Rate(v)
	case int64:
		*r = Rate(v)
	case string:
		if v != "inf" {
			return fmt.Errorf("%q is a string; use a number, or inf", v)
		}
		*r = Rate(math.Inf(1))
	default:
		return fmt.Errorf("%v is no number; use one, or inf", v)
	}
	return nil
}

// MarshalJSON writes infinity, which JSON lacks, as vLLM's benchmark does.
func (r Rate) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(r), 1) {
		return []byte(`"inf"`), nil
	}
	return json.Marshal(float64(r))
}

// Distribution is how long synthetic prompts or outputs are, in tokens, or in characters where a language is
// named.
type Distribution struct {
	Distribution string  `toml:"distribution" json:"distribution"`
	Value        int     `toml:"value" json:"value,omitempty"`
	Mean         float64 `toml:"mean" json:"mean,omitempty"`
	Std          float64 `toml:"std" json:"std,omitempty"`
	Min          int     `toml:"min" json:"min,omitempty"`
	Max          int     `toml:"max" json:"max,omitempty"`
	Trace        string  `toml:"trace" json:"trace,omitempty"`
}

var syntheticTable = table{
	path: "workload.synthetic",
	does: "Requests that are drawn, instead of a trace.",
	example: `[workload.synthetic]
requests = 10000
seed = 1
arrival = { process = "poisson", rate = 20.0 }
language = "chinese"
input = { distribution = "normal", mean = 2000, std = 1000, min = 1 }
output = { distribution = "lognormal", mean = 500, std = 300, max = 4000 }
`,
	keys: []key{{
		name: "requests", unit: "requests", within: counted(maxCount), unset: "required",
		does:    "How many there are.",
		example: "10000",
	}, {
		name: "seed", unset: "`workload.seed`",
		does:    "Decides arrivals and lengths. One of the two seeds is enough.",
		example: "7",
	}, {
		name: "language", unset: "lengths are tokens",
		does: "Makes `input` and `output` characters of a text in this language: " +
			"`english`, `chinese`, `japanese`, `python` or `mixed`.",
		example: `"chinese"`,
	}, {
		name: "vocabulary", unset: "the model's",
		does:    "The vocabulary that makes tokens of characters: `llama-3`, `qwen2.5`, or a model that has one.",
		example: `"qwen2.5"`,
	}, {
		name: "prompts", unit: "prompts", within: counted(maxCount), unset: "every prompt is new",
		does:    "How many different prompts come again in turn, for a prefix cache to find.",
		example: "100",
	}},
}

var arrivalTable = table{
	path:   "workload.synthetic.arrival",
	does:   "The process by which requests arrive.",
	choice: "process",
	example: `[workload.synthetic]
requests = 1000
arrival = { process = "closed", concurrency = 64 }
input = { distribution = "fixed", value = 512 }
output = { distribution = "fixed", value = 128 }
`,
	keys: []key{{
		name: "process", names: &nameSet{kind: "arrival process", list: workloads.Processes}, unset: "required",
		does: "`poisson` and `gamma` have random gaps, `constant` even ones; " +
			"in a `closed` loop a request follows an answer; `trace` takes the times of a trace.",
		example: `"poisson"`,
	}, {
		name: "rate", unit: "requests/s", with: []string{"poisson", "gamma", "constant"},
		within: rates, unset: "required",
		does:    "Mean number of requests that arrive in a second; all at once where it is `inf`.",
		example: "20.0",
	}, {
		name: "burstiness", with: []string{"gamma"},
		within: between(workloads.MinBurstiness, 1e6), unset: "required",
		does:    "The shape of the gaps, as vLLM's benchmark has it: 1 is poisson, less comes in bursts.",
		example: "0.5",
	}, {
		name: "concurrency", unit: "users", with: []string{"closed"}, within: counted(maxTokens), unset: "required",
		does:    "Users who each wait for their answer before they ask again.",
		example: "64",
	}, {
		name: "trace", with: []string{"trace"}, unset: "required",
		does:    "The trace whose times of arrival are taken.",
		example: strconv.Quote(DefaultTrace),
	}},
}

var inputTable = table{
	path:   "workload.synthetic.input",
	does:   "How long prompts are: in tokens, or in characters where there is a `language`.",
	choice: "distribution",
	example: `[workload.synthetic]
requests = 1000
arrival = { process = "constant", rate = 2.0 }
input = { distribution = "uniform", min = 100, max = 2000 }
output = { distribution = "empirical", trace = "azure-2023-conv" }
`,
	keys: lengthKeys,
}

var outputTable = table{
	path:   "workload.synthetic.output",
	does:   "How long answers are.",
	choice: "distribution",
	keys:   lengthKeys,
}

// lengthKeys are those of a distribution of lengths.
var lengthKeys = []key{{
	name: "distribution", unset: "required",
	names:   &nameSet{kind: "distribution", list: workloads.Distributions},
	does:    "`fixed`, `uniform`, `normal`, `lognormal`, or `empirical`: drawn from the lengths of a trace.",
	example: `"normal"`,
}, {
	name: "value", unit: "tokens", with: []string{"fixed"}, within: counted(maxTokens), unset: "required",
	does:    "The length of all.",
	example: "512",
}, {
	name: "mean", unit: "tokens", with: []string{"normal", "lognormal"},
	within: positive(maxTokens), unset: "required",
	does:    "The mean length, before it is rounded and clipped.",
	example: "512",
}, {
	name: "std", unit: "tokens", with: []string{"normal", "lognormal"},
	within: between(0, maxTokens), unset: "0",
	does:    "The standard deviation, before rounding and clipping.",
	example: "256",
}, {
	name: "min", unit: "tokens", with: []string{"uniform", "normal", "lognormal"}, within: counted(maxTokens),
	unset:   "1; required with `uniform`",
	does:    "The least length, to which what `normal` and `lognormal` draw below it is clipped.",
	example: "1",
}, {
	name: "max", unit: "tokens", with: []string{"uniform", "normal", "lognormal"}, within: counted(maxTokens),
	unset:   "no limit; required with `uniform`",
	does:    "The greatest length, to which what `normal` and `lognormal` draw above it is clipped.",
	example: "2048",
}, {
	name: "trace", with: []string{"empirical"}, unset: "required",
	does:    "The trace whose lengths are drawn from.",
	example: strconv.Quote(DefaultTrace),
}}

// IsSynthetic tells whether the requests are drawn rather than read.
func (s *Scenario) IsSynthetic() bool {
	return s.source.has("workload.synthetic") || s.Workload.Synthetic != Synthetic{} || len(s.Workload.Classes) > 0
}

func (s *Scenario) checkSynthetic() error {
	if !s.IsSynthetic() {
		return nil
	}
	if len(s.Workload.Classes) > 0 {
		return s.checkMix()
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
	return cmp.Or(s.checkMeanings(&arrivalTable, a.Process),
		s.checkDistribution(&inputTable, &y.Input), s.checkDistribution(&outputTable, &y.Output),
		s.checkSessions(), s.checkSeeds(), s.checkColumns())
}

func (s *Scenario) checkDistribution(t *table, d *Distribution) error {
	var need string
	switch d.Distribution {
	case "":
		return s.source.fault(t.path, "is missing", `say how long they are, as in { distribution = "fixed", value = 512 }`)
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
		return s.source.faultf(t.path, "add"+need, "the %s distribution lacks a setting", d.Distribution)
	}
	if d.Max > 0 && d.Max < d.Min {
		return s.source.faultf(t.path, "use a max of at least min", "max = %d is below min = %d", d.Max, d.Min)
	}
	return s.checkMeanings(t, d.Distribution)
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
	if len(w.Classes) > 0 {
		return s.mixed()
	}
	const at = "workload.synthetic"
	y := &w.Synthetic
	a := &y.Arrival
	input, output, err := s.lengths()
	if err != nil {
		return nil, err
	}
	opener := func(key, trace string) (workloads.Source, error) { return s.openTrace(at+"."+key, trace) }
	arrival := workloads.Arrival{Process: a.Process, Rate: float64(a.Rate), Burstiness: a.Burstiness,
		Concurrency: a.Concurrency, Trace: a.Trace}
	if y.Sessions.IsSet() {
		source, err := s.converse(arrival, input, output, opener)
		return source, s.blame(at, err)
	}
	source, err := workloads.Generate(workloads.Synthetic{
		Requests: y.Requests, Seed: y.Seed, Arrival: arrival, Input: input, Output: output,
	}, opener)
	if err == nil && y.Prompts > 0 {
		source = workloads.Pool(source, y.Prompts)
	}
	return source, s.blame(at, err)
}

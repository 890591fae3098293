package scenarios

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Sweep is one key that takes several values. Several sweeps make the Cartesian product, the last varying
// fastest.
type Sweep struct {
	Key    string `toml:"key" json:"key"`
	Values []any  `toml:"values" json:"values"`
}

var sweepTable = table{
	path: "sweep",
	does: "A key that takes several values in `roofserve sweep`. " +
		"Several sweeps make every combination, the last varying fastest.",
	example: `[[sweep]]
key = "workload.rate_scale"
values = [0.5, 1, 2]
[[sweep]]
key = "precision.kv"
values = ["bf16", "fp8"]
`,
	keys: []key{{
		name: "key", unset: "required",
		does:    "Any key of this page, by its dotted path, or a field of the model.",
		example: `"workload.rate_scale"`,
	}, {
		name: "values", unset: "required",
		does:    fmt.Sprintf("What it takes, in turn. All sweeps together make at most %d cases.", maxCases),
		example: "[0.5, 1, 2]",
	}},
}

// Case is one point of a scenario's sweeps.
type Case struct {
	Index    int       // from 0, in the order of the product
	Settings []Setting // one for each sweep
	Scenario *Scenario // with the settings made and no sweeps left
	Err      error     // what is wrong with it, as far as can be seen before it runs; nil where nothing is
}

// Setting is the value of one swept key.
type Setting struct {
	Key   string
	Value any
}

// String is key=value.
func (t Setting) String() string { return t.Key + "=" + t.Text() }

// SettingsText joins settings: "workload.rate_scale=2, precision.kv=fp8"; empty where there are none.
func SettingsText(settings []Setting) string {
	parts := make([]string, len(settings))
	for i, s := range settings {
		parts[i] = s.String()
	}
	return strings.Join(parts, ", ")
}

// Text is the value for people: a table or an array as a scenario writes it, a number as JSON does, so that a
// case says the same whether it was simulated or read from its file.
func (t Setting) Text() string {
	if name, ok := t.Value.(string); ok && t.Key == "model.name" {
		return (&Model{Name: name}).Title()
	}
	return valueText(t.Value)
}

func valueText(value any) string {
	switch v := value.(type) {
	case float64:
		if text, err := json.Marshal(v); err == nil {
			return string(text)
		}
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			parts[i] = innerText(element)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+" = "+innerText(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(value)
}

// innerText is a value within a table or an array, where texts stand in quotes.
func innerText(value any) string {
	if text, ok := value.(string); ok {
		return strconv.Quote(text)
	}
	return valueText(value)
}

// maxCases bounds the product, so that a slip of the pen does not fill the memory.
const maxCases = 1_000_000

// Cases lists the points of the scenario's sweeps: one where it has none. A case whose settings are wrong
// carries the error with it; where that is every case, the first one's is the scenario's.
func (s *Scenario) Cases() ([]Case, error) {
	total := 1
	for i, w := range s.Sweep {
		if len(w.Values) == 0 {
			return nil, s.source.fault(sweepPath(i, "values"), "is missing or empty", `give some, as in values = [0.5, 1, 2]`)
		}
		if w.Key == "" || strings.HasPrefix(w.Key, "sweep") || strings.HasPrefix(w.Key, "expect") {
			return nil, s.source.faultf(sweepPath(i, "key"), `name a key, as in key = "workload.rate_scale"`, "%q cannot be swept", w.Key)
		}
		if total *= len(w.Values); total > maxCases {
			return nil, s.source.faultf(sweepPath(i, "values"), "sweep fewer values at once", "the sweeps make more than %d cases", maxCases)
		}
	}
	cases := s.points(total)
	sound := false // whether one is, which is looked for until one is found: building a case checks it again
	for i := range cases {
		if c := &cases[i]; c.Err == nil && !sound {
			c.Err = c.Scenario.Validate()
			sound = c.Err == nil
		}
	}
	if !sound {
		return nil, cases[0].Err
	}
	return cases, nil
}

// points are all points of the product, made on all cores: settings are read as documents are, which takes a
// small case a fortieth of its simulation, and would keep the others waiting.
func (s *Scenario) points(total int) []Case {
	cases := make([]Case, total)
	cores := runtime.GOMAXPROCS(0)
	var workers sync.WaitGroup
	for first := range min(cores, total) {
		workers.Go(func() {
			for i := first; i < total; i += cores {
				cases[i] = s.at(i)
			}
		})
	}
	workers.Wait()
	return cases
}

// at is point i of the product.
func (s *Scenario) at(i int) Case {
	point := *s
	point.Sweep = nil
	c := Case{Index: i, Scenario: &point, Settings: make([]Setting, len(s.Sweep))}
	for n := len(s.Sweep) - 1; n >= 0; n-- {
		w := s.Sweep[n]
		c.Settings[n] = Setting{w.Key, w.Values[i%len(w.Values)]}
		i /= len(w.Values)
	}
	for n, setting := range c.Settings {
		if c.Err = point.set(setting.Key, setting.Value, s.sweepOrigin(n)); c.Err != nil {
			return c
		}
	}
	return c
}

func (s *Scenario) sweepOrigin(i int) origin {
	path := sweepPath(i, "values")
	if s.source.document == nil {
		return origin{label: path}
	}
	return origin{label: s.source.document.File(), line: s.source.document.Line(path)}
}

func sweepPath(i int, key string) string { return fmt.Sprintf("sweep[%d].%s", i, key) }

// Shard is the share number i, from 1, of n of the cases.
func Shard(cases []Case, i, n int) []Case {
	return slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return c.Index%n != i-1 })
}

package scenarios

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// SLOClass are the limits on requests of one class of clients, and how many of them must meet these.
type SLOClass struct {
	Name  string  `toml:"name" json:"name"`
	TTFT  float64 `toml:"ttft_ms" json:"ttft_ms,omitempty"`
	TPOT  float64 `toml:"tpot_ms" json:"tpot_ms,omitempty"`
	TBT   float64 `toml:"tbt_ms" json:"tbt_ms,omitempty"`
	E2E   float64 `toml:"e2el_ms" json:"e2el_ms,omitempty"`
	Share float64 `toml:"share" json:"share,omitempty"`
}

// defaultShare of a class's requests must meet its limits, as the published serving studies ask for p99.
const defaultShare = 0.99

var sloClassTable = table{
	path: "slo.class",
	does: "Limits of a class of clients: of the `[[class]]` of a population that has its name, or of the requests that " +
		"a trace's `slo_class` says so of. `classes` of the result has each one's latencies, goodput and attainment.",
	example: `[slo]
tpot_ms = 100
[[slo.class]]
name = "interactive"
ttft_ms = 500
[[slo.class]]
name = "batch"
e2el_ms = 120000
share = 0.9
`,
	keys: slices.Concat([]key{{
		name: "name", unset: "required",
		does:    "The class, as the workload names it.",
		example: `"interactive"`,
	}}, limitKeys("that of `[slo]`"), []key{{
		name: "share", unit: "share", within: positive(1), unset: strconv.FormatFloat(defaultShare, 'g', -1, 64),
		does:    "Of the class's requests, how many must meet its limits: `met` of the result tells whether they do.",
		example: "0.9",
	}}),
}

// of are the limits on a request of the class: its own, and where it has none those of all.
func (c *SLOClass) of(all *SLO) *SLO {
	return &SLO{TTFT: cmp.Or(c.TTFT, all.TTFT), TPOT: cmp.Or(c.TPOT, all.TPOT), TBT: cmp.Or(c.TBT, all.TBT),
		E2E: cmp.Or(c.E2E, all.E2E)}
}

// checkClasses refuses classes that no request can be counted by.
func (s *Scenario) checkClasses() error {
	for i := range s.SLO.Classes {
		c := &s.SLO.Classes[i]
		at := func(key string) string { return fmt.Sprintf("slo.class[%d].%s", i, key) }
		if c.Name == "" {
			return s.source.fault(at("name"), "is missing", `name the class, as in name = "interactive"`)
		}
		if slices.ContainsFunc(s.SLO.Classes[:i], func(o SLOClass) bool { return o.Name == c.Name }) {
			return s.source.faultf(at("name"), "give each class one table", "%q stands twice", c.Name)
		}
		if err := s.checkClass(c, at); err != nil {
			return err
		}
		if c.Share > 0 && !c.of(&s.SLO).limits() {
			return s.source.fault(at("share"), "is a share of requests within limits, and the class has none",
				"give it one, as in ttft_ms = 500")
		}
	}
	return nil
}

// checkClass refuses limits and shares out of range; at is where a key of the class stands.
func (s *Scenario) checkClass(c *SLOClass, at func(key string) string) error {
	for _, k := range sloClassTable.keys {
		if k.within == nil {
			continue
		}
		fields := reflect.ValueOf(c).Elem()
		value := number(fields.FieldByIndex(field(fields.Type(), k.name).Index))
		if (value != 0 || s.source.has(at(k.name))) && !k.within.holds(value) {
			return s.source.faultf(at(k.name), "use "+k.within.words, "%v is out of range", value)
		}
	}
	return nil
}

// resolveClasses fills in what classes leave out.
func (s *Scenario) resolveClasses() {
	if len(s.SLO.Classes) == 0 {
		return
	}
	s.SLO.Classes = slices.Clone(s.SLO.Classes)
	for i := range s.SLO.Classes {
		if c := &s.SLO.Classes[i]; c.of(&s.SLO).limits() {
			c.Share = cmp.Or(c.Share, defaultShare)
		}
	}
}

// limited tells whether requests of a class have a limit; of all where that is empty.
func (o *SLO) limited(class string) bool {
	i := slices.Index(o.classNames(), class)
	if i < 0 {
		return o.IsSet()
	}
	return o.Classes[i].of(o).limits()
}

// classNames are the names of the classes.
func (o *SLO) classNames() []string {
	var list []string
	for i := range o.Classes {
		list = append(list, o.Classes[i].Name)
	}
	return list
}

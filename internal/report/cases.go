package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
)

// CaseResult is what one case of a sweep gave, as its file tells it.
type CaseResult struct {
	CaseOrigin
	Scenario   string // name of the swept scenario
	Index      int
	Settings   []scenarios.Setting
	Error      string             // why the case did not run; empty where it did
	Invalid    bool               // whether that is a mistake in the input
	DoesNotFit bool               // whether that is too little memory
	Overloaded bool               // whether it ran, and its queue grew without end
	Metrics    map[string]float64 // those that have a value
	// Bounds are the intervals of metrics, where they were asked for.
	Bounds       map[string][2]float64
	Expectations []CaseExpectation
}

// CaseOrigin is where a case's result comes from. Digests, which scenarios.Digests makes, are empty where the
// scenario names a pipe.
type CaseOrigin struct {
	Version string // of the program
	Of      int    // cases of the whole sweep
	Sweep   string // digest of what all its cases have in common
	Digest  string // of all that this result follows from
}

// CaseExpectation is one bound of a case's expectations.
type CaseExpectation struct {
	Name string // metric and bound
	Text string // what was found
	Kept bool
}

// CaseObject is the content of a case's file: of a run, or of the error that kept it from running, with what
// became of its expectations.
func CaseObject(c scenarios.Case, from CaseOrigin, r *scenarios.Run, err error,
	verdicts []scenarios.Verdict) any {
	settings := object{}
	for _, s := range c.Settings {
		settings.set(s.Key, writable(s.Value))
	}
	head := object{{"scenario", c.Scenario.Name}, {"version", from.Version}, {"index", c.Index}, {"of", from.Of}}
	if from.Digest != "" {
		head.set("sweep", from.Sweep)
		head.set("digest", from.Digest)
	}
	o := object{{"case", append(head, field{"settings", settings})}}
	if err == nil {
		plain := *r
		plain.Evidence = nil // a third of the time of a short case, and run tells it of any one
		return append(o, *Run(&plain).(*object)...)
	}
	o.set("error", err.Error())
	if bad := (*fault.Error)(nil); errors.As(err, &bad) {
		o.set("invalid", true)
	}
	if noFit := (*scenarios.NoFit)(nil); errors.As(err, &noFit) {
		o.set("fits", false)
	}
	o.set("expectations", verdictObjects(verdicts))
	return o
}

// CaseOf is what ReadCase would read from the file that holds CaseObject of the same.
func CaseOf(c scenarios.Case, from CaseOrigin, r *scenarios.Run, err error,
	verdicts []scenarios.Verdict) CaseResult {
	result := CaseResult{CaseOrigin: from, Scenario: c.Scenario.Name, Index: c.Index, Settings: c.Settings,
		Metrics: map[string]float64{}}
	if err == nil {
		result.Metrics, verdicts = scenarios.Values(r.Metrics()), r.Verdicts
		result.Overloaded = r.Overloaded()
		for _, i := range r.Intervals {
			result.bound(i.Metric, i.Low, i.High)
		}
	} else {
		var bad *fault.Error
		var noFit *scenarios.NoFit
		result.Error, result.Invalid, result.DoesNotFit = err.Error(), errors.As(err, &bad), errors.As(err, &noFit)
	}
	for i := range verdicts {
		v := &verdicts[i]
		limit := v.Share
		if limit == "" && !math.IsNaN(v.Limit) {
			limit = fmt.Sprint(v.Limit)
		}
		result.Expectations = append(result.Expectations,
			expectationOf(v.Subject(), v.Bound, limit, v.Finding(), v.Kept))
	}
	return result
}

func expectationOf(metric, bound, limit, text string, kept bool) CaseExpectation {
	return CaseExpectation{Name: metric + " " + bound + " " + limit, Text: text, Kept: kept}
}

// caseFile is what ReadCase takes from a case's file.
type caseFile struct {
	Case *struct {
		Scenario string          `json:"scenario"`
		Version  string          `json:"version"`
		Index    int             `json:"index"`
		Of       int             `json:"of"`
		Sweep    string          `json:"sweep"`
		Digest   string          `json:"digest"`
		Settings json.RawMessage `json:"settings"`
	} `json:"case"`
	Error    string `json:"error"`
	Interval *struct {
		Metrics map[string][]float64 `json:"metrics"`
	} `json:"interval"`
	Invalid  bool  `json:"invalid"`
	Fits     *bool `json:"fits"` // false, or left out
	Scenario struct {
		Workload struct {
			Synthetic struct {
				Arrival struct {
					Process string `json:"process"`
				} `json:"arrival"`
			} `json:"synthetic"`
		} `json:"workload"`
	} `json:"scenario"`
	Expectations []struct {
		Metric   string   `json:"metric"`
		Class    string   `json:"class"`
		Bound    string   `json:"bound"`
		Limit    *float64 `json:"limit"`
		Increase string   `json:"increase"`
		Decrease string   `json:"decrease"`
		Within   string   `json:"within"`
		Verdict  string   `json:"verdict"`
		Text     string   `json:"text"`
	} `json:"expectations"`
}

// ReadCase reads a case's file.
func ReadCase(name string, data []byte) (CaseResult, error) {
	var file caseFile
	if err := json.Unmarshal(data, &file); err != nil {
		return CaseResult{}, fmt.Errorf("%s: %w", name, err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return CaseResult{}, fmt.Errorf("%s: %w", name, err)
	}
	return caseOf(name, &file, tree)
}

// caseOf is the case that a file holds, given once as ReadCase takes it and once as it is.
func caseOf(name string, file *caseFile, tree map[string]any) (CaseResult, error) {
	if file.Case == nil {
		return CaseResult{}, fmt.Errorf("%s: is no case of a sweep", name)
	}
	if i, n := file.Case.Index, file.Case.Of; i < 0 || i >= n {
		return CaseResult{}, fmt.Errorf("%s: is case %d of %d", name, i, n)
	}
	c := CaseResult{
		CaseOrigin: CaseOrigin{
			Version: file.Case.Version, Of: file.Case.Of, Sweep: file.Case.Sweep, Digest: file.Case.Digest,
		},
		Scenario: file.Case.Scenario, Index: file.Case.Index,
		Error: file.Error, Invalid: file.Invalid, DoesNotFit: file.Fits != nil && !*file.Fits,
		Metrics: scenarios.MetricsIn(tree),
	}
	for _, e := range file.Expectations {
		limit := cmp.Or(e.Increase, e.Decrease, e.Within)
		if limit == "" && e.Limit != nil {
			limit = fmt.Sprint(*e.Limit)
		}
		c.Expectations = append(c.Expectations,
			expectationOf((&scenarios.Verdict{Metric: scenarios.Metric{Name: e.Metric}, Class: e.Class}).Subject(),
				e.Bound, limit, e.Text, e.Verdict == verdictKept))
	}
	var err error
	if c.Settings, err = readSettings(file.Case.Settings); err != nil {
		return c, fmt.Errorf("%s: %w", name, err)
	}
	c.Overloaded = scenarios.QueueGrew(int(c.Metrics["queue.at_half"]), int(c.Metrics["queue.at_end"]),
		int(c.Metrics["num_prompts"]), file.Scenario.Workload.Synthetic.Arrival.Process)
	if file.Interval != nil {
		for metric, b := range file.Interval.Metrics {
			if len(b) == 2 {
				c.bound(metric, b[0], b[1])
			}
		}
	}
	return c, nil
}

func (c *CaseResult) bound(metric string, low, high float64) {
	if c.Bounds == nil {
		c.Bounds = map[string][2]float64{}
	}
	c.Bounds[metric] = [2]float64{low, high}
}

// boundedCases tells whether some case has intervals.
func boundedCases(cases []CaseResult) bool {
	return slices.ContainsFunc(cases, func(c CaseResult) bool { return len(c.Bounds) > 0 })
}

// Name tells a case from the others for people: "case 3 (workload.rate_scale=2)".
func (c *CaseResult) Name() string {
	return fmt.Sprintf("case %d (%s)", c.Index, scenarios.SettingsText(c.Settings))
}

// The ends of a metric's interval, as their columns are called.
const (
	lowEnd  = ".low"
	highEnd = ".high"
)

// caseColumns are what tables of cases have: the settings, why a case did not run, every metric, and the ends
// of intervals where there are any. The names are those of the metrics alone.
func caseColumns(cases []CaseResult) (columns, names []string, bounded bool) {
	columns = []string{"case"}
	for _, s := range cases[0].Settings {
		columns = append(columns, s.Key)
	}
	names = slices.DeleteFunc(scenarios.MetricNames(), func(name string) bool {
		return scenarios.Define(name).Optional() && !slices.ContainsFunc(cases, func(c CaseResult) bool {
			_, has := c.Metrics[name]
			return has
		})
	})
	columns = append(append(columns, "error"), names...)
	if bounded = boundedCases(cases); bounded {
		for _, name := range names {
			columns = append(columns, name+lowEnd, name+highEnd)
		}
	}
	return columns, names, bounded
}

// CasesTable has a row for each case.
func CasesTable(cases []CaseResult) figure.Table {
	columns, names, bounded := caseColumns(cases)
	t := figure.Table{Columns: columns}
	for _, c := range cases {
		row := []string{fmt.Sprint(c.Index)}
		for _, s := range c.Settings {
			row = append(row, s.Text())
		}
		row = append(row, c.Error)
		for _, name := range names {
			row = append(row, cellOf(c.Metrics, name))
		}
		for _, name := range names {
			if bounded {
				row = append(row, c.boundCells(name)...)
			}
		}
		t.Add(row...)
	}
	return t
}

// cellOf is a metric in a CSV file: empty where it has no value.
func cellOf(metrics map[string]float64, name string) string {
	if v, ok := metrics[name]; ok {
		return figure.Cell(v)
	}
	return ""
}

// boundCells are a metric's interval in a CSV file.
func (c *CaseResult) boundCells(metric string) []string {
	if b, ok := c.Bounds[metric]; ok {
		return []string{figure.Cell(b[0]), figure.Cell(b[1])}
	}
	return []string{"", ""}
}

// boundText is a metric's interval for people, after its value.
func (c *CaseResult) boundText(metric string) string {
	if b, ok := c.Bounds[metric]; ok {
		return fmt.Sprintf(" (%s–%s)", brief(b[0]), brief(b[1]))
	}
	return ""
}

// sweepColumn is a metric in the tables of sweeps for people, under its heading.
type sweepColumn struct{ name, metric string }

// sweepColumns are those of the latencies, then of the other metrics.
func sweepColumns() []sweepColumn {
	var list []sweepColumn
	for i := range scenarios.Latencies {
		if l := &scenarios.Latencies[i]; l.Headline {
			list = append(list,
				sweepColumn{l.Short + " p50 ms", l.Metric("median")}, sweepColumn{"p99", l.Metric("p99")})
		}
	}
	for i := range scenarios.Definitions {
		if d := &scenarios.Definitions[i]; d.Column != "" {
			list = append(list, sweepColumn{d.Column, d.Key})
		}
	}
	return list
}

// WriteCases writes a sweep's headline numbers for a terminal.
func WriteCases(w io.Writer, cases []CaseResult) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range cases[0].Settings {
		fmt.Fprintf(t, "%s\t", s.Key)
	}
	for _, h := range sweepColumns() {
		fmt.Fprintf(t, "%s\t", h.name)
	}
	fmt.Fprintln(t)
	for _, c := range cases {
		for _, s := range c.Settings {
			fmt.Fprintf(t, "%s\t", s.Text())
		}
		if c.Error != "" {
			fmt.Fprintln(t, c.Error)
			continue
		}
		for _, h := range sweepColumns() {
			fmt.Fprintf(t, "%s%s\t", briefOf(c.Metrics, h.metric), c.boundText(h.metric))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

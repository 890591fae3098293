package report

import (
	"bytes"
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
	Model      string // what people call it; empty where the case did not run
	Hardware   string // what it runs on; empty of pools
	Index      int
	Settings   []scenarios.Setting
	Error      string             // why the case did not run; empty where it did
	Invalid    bool               // whether that is a mistake in the input
	DoesNotFit bool               // whether that is too little memory
	Overloaded bool               // whether it ran, and its queue grew without end
	Classes    []string           // of clients, whose metrics are told apart
	Metrics    map[string]float64 // those that have a value, by their subjects
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
		result.Metrics, verdicts = scenarios.Values(r.AllMetrics()), r.Verdicts
		result.Overloaded = r.Overloaded()
		result.Model = r.Scenario.Model.Title()
		result.Hardware = hardwareText(&r.Scenario.Hardware, len(r.Scenario.Pool))
		for i := range r.Classes {
			if name := r.Classes[i].Name; name != "" {
				result.Classes = append(result.Classes, name)
			}
		}
		for _, i := range r.Intervals {
			result.bound(scenarios.Subject(i.Metric, i.Class), i.Low, i.High)
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
	for _, class := range classesOf(cases) {
		for _, name := range scenarios.ClassMetricNames() {
			names = append(names, scenarios.Subject(name, class))
		}
	}
	columns = append(append(columns, "error"), names...)
	if bounded = boundedCases(cases); bounded {
		for _, name := range names {
			columns = append(columns, name+lowEnd, name+highEnd)
		}
	}
	return columns, names, bounded
}

// classesOf are the classes of clients that some case has, each once.
func classesOf(cases []CaseResult) (list []string) {
	for i := range cases {
		for _, class := range cases[i].Classes {
			if !slices.Contains(list, class) {
				list = append(list, class)
			}
		}
	}
	return list
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
		return boundsText(b[0], b[1])
	}
	return ""
}

// boundsText is an interval after its value.
func boundsText(low, high float64) string { return fmt.Sprintf(" (%s–%s)", brief(low), brief(high)) }

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

// attainments are the columns of the shares of each class's requests that met its limits, of classes that
// have some.
func attainments(cases []CaseResult) (list []sweepColumn) {
	for _, class := range classesOf(cases) {
		metric := scenarios.Subject("attainment", class)
		if slices.ContainsFunc(cases, func(c CaseResult) bool { _, has := c.Metrics[metric]; return has }) {
			list = append(list, sweepColumn{class + " within limits", metric})
		}
	}
	return list
}

// WriteCases writes a sweep's headline numbers for a terminal: a row for each case, without the columns that
// none has, and below why some did not run.
func WriteCases(w io.Writer, cases []CaseResult) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range cases[0].Settings {
		fmt.Fprintf(t, "%s\t", s.Key)
	}
	columns := slices.DeleteFunc(append(sweepColumns(), attainments(cases)...), func(h sweepColumn) bool {
		return !slices.ContainsFunc(cases, func(c CaseResult) bool { _, has := c.Metrics[h.metric]; return has })
	})
	for _, h := range columns {
		fmt.Fprintf(t, "%s\t", h.name)
	}
	fmt.Fprintln(t)
	for _, c := range cases {
		for _, s := range c.Settings {
			fmt.Fprintf(t, "%s\t", s.Text())
		}
		for _, h := range columns {
			fmt.Fprintf(t, "%s%s\t", briefOf(c.Metrics, h.metric), c.boundText(h.metric))
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b bytes.Buffer
	kept, all := 0, 0
	for i := range cases {
		c := &cases[i]
		if c.Error != "" {
			fmt.Fprintf(&b, "✗ %s: %s\n", c.Name(), c.Error)
		}
		all += len(c.Expectations)
		for _, e := range c.Expectations {
			if e.Kept {
				kept++
			}
		}
	}
	if all > 0 {
		fmt.Fprintf(&b, "%d of %s kept\n", kept, counted(all, "promise"))
	}
	_, err := w.Write(b.Bytes())
	return err
}

package report

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/cost"
)

// hidden is a field of gonum's that has no getter.
func hidden[T any](of any, field string) T {
	f := reflect.ValueOf(of).Elem().FieldByName(field)
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Interface().(T)
}

// lines are the points of a panel's lines, in the order in which they were drawn.
func lines(p *plot.Plot) (list []plotter.XYs) {
	for _, drawn := range hidden[[]plot.Plotter](p, "plotters") {
		switch l := drawn.(type) {
		case *figure.DataLine:
			list = append(list, l.XYs)
		case *plotter.Line:
			list = append(list, l.XYs)
		}
	}
	return list
}

// marks are a panel's dots, and the texts beside points.
func marks(p *plot.Plot) (dots []plotter.XYs, texts map[string]plotter.XY) {
	texts = map[string]plotter.XY{}
	for _, drawn := range hidden[[]plot.Plotter](p, "plotters") {
		switch d := drawn.(type) {
		case *plotter.Scatter:
			dots = append(dots, d.XYs)
		case *plotter.Labels:
			for i, text := range d.Labels {
				texts[text] = d.XYs[i]
			}
		}
	}
	return dots, texts
}

// legend is the names of a panel's lines, with the points of each.
func legend(p *plot.Plot) map[string]plotter.XYs {
	entries := reflect.ValueOf(&p.Legend).Elem().FieldByName("entries")
	named := map[string]plotter.XYs{}
	for i := range entries.Len() {
		entry := entries.Index(i)
		text := entry.FieldByName("text").String()
		thumbs := entry.FieldByName("thumbs")
		thumb := reflect.NewAt(thumbs.Type(),
			unsafe.Pointer(thumbs.UnsafeAddr())).Elem().Interface().([]plot.Thumbnailer)[0]
		if l, ok := thumb.(*figure.DataLine); ok {
			named[text] = l.XYs
		}
	}
	return named
}

// columnOf is a column of a figure's table as numbers, of the rows that a filter lets through.
func columnOf(t *testing.T, table *figure.Table, name string,
	keep func(row []string) bool) (values []float64) {
	t.Helper()
	at := slices.Index(table.Columns, name)
	if at < 0 {
		t.Fatalf("no column %s in %v", name, table.Columns)
	}
	for _, row := range table.Rows {
		if keep != nil && !keep(row) {
			continue
		}
		v, err := strconv.ParseFloat(row[at], 64)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}

// drawnAs checks that a line goes through points.
func drawnAs(t *testing.T, what string, line plotter.XYs, xs, ys []float64) {
	t.Helper()
	if len(line) != len(xs) || len(xs) == 0 {
		t.Errorf("%s: %d points are drawn, the table has %d", what, len(line), len(xs))
		return
	}
	for i := range line {
		if math.Abs(line[i].X-xs[i]) > 1e-9*math.Abs(xs[i]) || math.Abs(line[i].Y-ys[i]) > 1e-9*math.Abs(ys[i]) {
			t.Errorf("%s: point %d is drawn at %v, %v; the table says %v, %v", what, i, line[i].X, line[i].Y, xs[i], ys[i])
			return
		}
	}
}

// overTime is a run whose windows span a time.
func overTime(t *testing.T, span units.Picoseconds) *scenarios.Run {
	r := fixed(t)
	r.Result.Series = nil
	const windows = 300 // more than are drawn
	for i := range units.Picoseconds(windows) {
		r.Result.Series = append(r.Result.Series,
			sim.Window{Start: span * i / windows, End: span * (i + 1) / windows,
				Running: float64(i % 11), Waiting: float64(i % 5), KVUsage: float64(i%7) / 7, InputTokens: int64(100 + i),
				OutputTokens: int64(40 + 2*i),
				Arrivals:     int64(i % 3), Completions: int64(i % 4), Preempted: int64(i % 2)})
	}
	return r
}

// TestTimeIsDrawnInTheUnitOfItsAxis: what is drawn over time is what the table says, the time in the unit
// that the axis names.
func TestTimeIsDrawnInTheUnitOfItsAxis(t *testing.T) {
	for _, c := range []struct {
		seconds float64
		label   string
		per     float64
	}{{600, "time (s)", 1}, {601, "time (min)", 60}, {21600, "time (min)", 60}, {21601, "time (h)", 3600}} {
		r := overTime(t, units.Seconds(c.seconds).Picoseconds())
		for _, draw := range []func(*scenarios.Run) (*figure.Figure, error){timelineFigure, throughputFigure} {
			f, err := draw(r)
			if err != nil {
				t.Fatal(err)
			}
			starts, ends := columnOf(t, &f.Data, "start_s", nil), columnOf(t, &f.Data, "end_s", nil)
			corners := append(slices.Clone(starts), ends[len(ends)-1])
			for i := range corners {
				corners[i] /= c.per
			}
			panels := map[string][]string{"timeline": {"running", "waiting", "kv_cache_usage"},
				"throughput": {"output_tokens_per_s", "input_tokens_per_s", "arrivals_per_s completions_per_s"}}[f.Name]
			for i, names := range panels {
				p := f.Panels[i][0]
				if p.X.Label.Text != c.label || math.Abs(p.X.Max-c.seconds/c.per) > 1e-9 {
					t.Errorf("%v s: %s is drawn against %q up to %v", c.seconds, f.Name, p.X.Label.Text, p.X.Max)
				}
				for k, name := range strings.Fields(names) {
					values := columnOf(t, &f.Data, name, nil)
					drawnAs(t, name, lines(p)[k], corners, append(values, values[len(values)-1]))
				}
			}
		}
	}
}

// TestNamesOfSeries: the legend of arrivals is on the arrivals' line, that of completions on theirs.
func TestNamesOfSeries(t *testing.T) {
	f, err := throughputFigure(overTime(t, 1e13))
	if err != nil {
		t.Fatal(err)
	}
	named := legend(f.Panels[2][0])
	for name, columnName := range map[string]string{"arrivals": "arrivals_per_s", "completions": "completions_per_s"} {
		values := columnOf(t, &f.Data, columnName, nil)
		starts := append(columnOf(t, &f.Data, "start_s", nil), 10)
		drawnAs(t, name, named[name], starts, append(values, values[len(values)-1]))
	}
}

// TestLatenciesAreMarkedWhereTheyAre: each panel draws its own distribution, with its quantiles at their
// values.
func TestLatenciesAreMarkedWhereTheyAre(t *testing.T) {
	r := fixed(t)
	for i, d := range []*sim.Distribution{&r.Result.TTFT, &r.Result.TPOT, &r.Result.ITL, &r.Result.E2E} {
		factor := float64(i + 1)
		d.Median, d.P90, d.P99 = d.Median*factor, d.P90*factor, d.P99*factor
		d.CDF = slices.Clone(d.CDF)
		for k := range d.CDF {
			d.CDF[k][0] *= factor
		}
	}
	f, err := latencyFigure(r)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		metric, title, y string
		d                *sim.Distribution
	}{
		{"ttft", "Time to first token (TTFT)", "share of requests", &r.Result.TTFT}, {"tpot", "Time per output token (TPOT)", "share of requests", &r.Result.TPOT},
		{"itl", "Inter-token latency (ITL)", "share of tokens", &r.Result.ITL}, {"e2el", "End-to-end latency (E2E)", "share of requests", &r.Result.E2E},
	} {
		p := f.Panels[i/2][i%2]
		if p.Title.Text != c.title || p.X.Label.Text != "latency (ms)" || p.Y.Label.Text != c.y {
			t.Errorf("panel %d: %q over %q and %q", i, p.Title.Text, p.X.Label.Text, p.Y.Label.Text)
		}
		mine := func(row []string) bool { return row[0] == c.metric }
		values, shares := columnOf(t, &f.Data, "latency_ms", mine), columnOf(t, &f.Data, "share_at_or_below", mine)
		line := hidden[[]plot.Plotter](p, "plotters")[1].(*figure.DataLine)
		// from nothing, in steps
		drawnAs(t, c.metric, line.XYs, append([]float64{values[0]}, values...), append([]float64{0}, shares...))
		if line.StepStyle != plotter.PostStep {
			t.Errorf("%s: the share is drawn as if it rose between observations", c.metric)
		}
		_, texts := marks(p)
		for name, want := range map[string]plotter.XY{"p50": {X: c.d.Median, Y: 0.5}, "p90": {X: c.d.P90, Y: 0.9},
			"p99": {X: c.d.P99, Y: 0.99}} {
			text := fmt.Sprintf("%s  %s ms", name, brief(want.X))
			if got, ok := texts[text]; !ok || got != want {
				t.Errorf("%s: %q stands at %v, want %v", c.metric, text, got, want)
			}
		}
	}
}

// trialAt is a trial of a search with its metrics.
func trialAt(load float64, met bool, values map[string]float64) *capacity.Trial {
	trial := &capacity.Trial{Load: load, GPUs: 4, Metrics: values}
	if !met {
		trial.Failures = []string{"too slow"}
	}
	return trial
}

// TestCapacityIsDrawnAsItIs: every trial is a dot in each panel, filled where it met the limits, and the
// limit is a line.
func TestCapacityIsDrawnAsItIs(t *testing.T) {
	objectives, err := capacity.ParseObjectives("ttft_p99=1s,tpot_mean=50ms", "test")
	if err != nil {
		t.Fatal(err)
	}
	var trials []*capacity.Trial
	for i, load := range []float64{1, 2, 4, 8} {
		trials = append(trials, trialAt(load, i < 2,
			map[string]float64{"p99_ttft_ms": 100 * load, "mean_tpot_ms": 30 + load, scenarios.Goodput: 7 * load,
				"request_throughput": 8 * load, "output_throughput": 9 * load, "price.usd_per_million_output_tokens": 1 / load}))
	}
	trials = append(trials, &capacity.Trial{Load: 16, NoFit: true, Failures: []string{"does not fit"}})
	f, err := CapacityFigure(&CapacityResult{Result: &capacity.Result{Over: "workload.rate_scale",
		Best: trials[1], Trials: trials}, Scenario: "s", Objectives: objectives})
	if err != nil {
		t.Fatal(err)
	}
	loads := columnOf(t, &f.Data, "rate_scale", nil)
	for i, c := range []struct {
		title, unit, column string
		limit               float64
	}{{"TTFT p99", "ms", "p99_ttft_ms", 1000}, {"TPOT mean", "ms", "mean_tpot_ms", 50}, {"Goodput", "requests / s", scenarios.Goodput, 0}} {
		p := f.Panels[0][i]
		if p.Title.Text != c.title || p.Y.Label.Text != c.unit || p.X.Label.Text != "workload.rate_scale" {
			t.Errorf("panel %d: %q, %q over %q", i, p.Title.Text, p.Y.Label.Text, p.X.Label.Text)
		}
		drawnAs(t, c.title, lines(p)[0], loads, columnOf(t, &f.Data, c.column, nil))
		dots, _ := marks(p)
		if len(dots) != 2 || len(dots[0]) != 2 || dots[0][1].X != 2 || len(dots[1]) != 2 || dots[1][0].X != 4 {
			t.Errorf("%s: dots at %v", c.title, dots)
		}
		if limit := limitOf(p); limit != c.limit {
			t.Errorf("%s: the limit is drawn at %v, want %v", c.title, limit, c.limit)
		}
	}
}

// limitOf is where a panel's horizontal line is; 0 where there is none.
func limitOf(p *plot.Plot) float64 {
	for _, drawn := range hidden[[]plot.Plotter](p, "plotters") {
		if f, ok := drawn.(*plotter.Function); ok {
			return f.F(1)
		}
	}
	return 0
}

// TestSweepIsDrawnAsItIs: each curve has its combination's cases, each panel its metric.
func TestSweepIsDrawnAsItIs(t *testing.T) {
	var cases []CaseResult
	for _, kv := range []string{"bf16", "fp8"} {
		for x := range 3 {
			at := float64(10*x + len(kv))
			cases = append(cases, CaseResult{Scenario: "dir/s.toml", Index: len(cases),
				Settings: []scenarios.Setting{{Key: "precision.kv", Value: kv}, {Key: "load", Value: float64(x + 1)}},
				Metrics:  map[string]float64{"p99_ttft_ms": at, "p99_tpot_ms": at + 1, "output_throughput": at + 2, "concurrent_sequences.mean": at + 3}})
		}
	}
	f, err := SweepFigure(cases)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Key) != 2 || !strings.Contains(f.Key[0].Label, "bf16") || !strings.Contains(f.Key[1].Label, "fp8") {
		t.Errorf("the key says %v", f.Key)
	}
	for i, c := range []struct{ column, title, unit string }{{"p99_ttft_ms", "Time to first token, p99", "ms"}, {"p99_tpot_ms", "Time per output token, p99", "ms"},
		{"output_throughput", "Output throughput", "tokens / s"}, {"concurrent_sequences.mean", "Running sequences, mean", "sequences"}} {
		p := f.Panels[i/2][i%2]
		if p.Title.Text != c.title || p.Y.Label.Text != c.unit || p.X.Label.Text != "load" {
			t.Errorf("panel %d: %q, %q over %q", i, p.Title.Text, p.Y.Label.Text, p.X.Label.Text)
		}
		for k, kv := range []string{"bf16", "fp8"} {
			at := slices.Index(f.Data.Columns, "precision.kv")
			mine := func(row []string) bool { return strings.Contains(row[at], kv) }
			drawnAs(t, c.title+" "+kv, lines(p)[k], columnOf(t, &f.Data, "load", mine), columnOf(t, &f.Data, c.column, mine))
			// A grid, and then a line with its dots for each.
			series := hidden[[]plot.Plotter](p, "plotters")[1+2*k].(*figure.DataLine)
			if want := figure.Color(f.Key[k].Color); series.Color != want {
				t.Errorf("%s: %s has another colour than its key", c.title, kv)
			}
		}
	}
}

// TestSequencesAreDrawnAsTheyFit: the curve of memory is the table's, that of the engine its limit.
func TestSequencesAreDrawnAsTheyFit(t *testing.T) {
	m := planned(t, "llama-3.1-70b", "4", "bf16")
	f, err := ConcurrencyFigure(m)
	if err != nil {
		t.Fatal(err)
	}
	p := f.Panels[0][0]
	contexts, sequences := columnOf(t, &f.Data, "context", nil), columnOf(t, &f.Data, "max_concurrent_sequences", nil)
	drawnAs(t, "memory", legend(p)["memory holds"], contexts, sequences)
	admitted := legend(p)["vllm admits (max_num_seqs)"]
	if len(admitted) != 2 || admitted[0].Y != float64(m.Parts.Limits.MaxNumSeqs) ||
		admitted[0].Y != admitted[1].Y {
		t.Errorf("the engine admits %v", admitted)
	}
	for i, context := range contexts {
		blocks := math.Ceil(context / 16)
		if want := math.Floor(float64(m.Parts.Memory.Usable()) / blocks); sequences[i] != want {
			t.Errorf("at %v tokens %v sequences fit; %v blocks hold %v", context, sequences[i],
				m.Parts.Memory.Usable(), want)
		}
	}
	if contexts[0] != 256 || contexts[len(contexts)-1] != 131072 || contexts[8] != 512 {
		t.Errorf("contexts %v", contexts)
	}
}

// TestSmallOperatorsAreCounted: of 20 operators the 13 longest have bars of their own, and one bar stands for
// the other 7.
func TestSmallOperatorsAreCounted(t *testing.T) {
	var operators []cost.OperatorTime
	for i := range 20 {
		operators = append(operators, cost.OperatorTime{Layer: "l", Name: fmt.Sprint("o", i),
			Time: units.Seconds(i+1) * units.Millisecond})
	}
	bars := topOperators(operators, 14)
	if len(bars) != 14 || bars[0].name != "l · o19" || bars[12].name != "l · o7" || bars[13].name != "7 more" ||
		math.Abs(bars[13].ms-28) > 1e-9 {
		t.Errorf("bars %+v", bars)
	}
	if all := topOperators(operators[:14], 14); len(all) != 14 || all[13].name != "l · o0" {
		t.Errorf("bars %+v of as many operators", all)
	}
}

package leftout

import (
	"context"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/sim/engines"
)

const (
	measured = "../../../results/fidelity/endtoend/measured.csv.gz"
	report   = "../../../results/fidelity/leftout/"
)

func table(t *testing.T) *fidelity.Table {
	t.Helper()
	table, err := fidelity.Open(measured)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestEveryConstantIsListedWithItsSource lists every number that end-to-end rows were fitted to.
func TestEveryConstantIsListedWithItsSource(t *testing.T) {
	for i := range Constants {
		c := &Constants[i]
		source := engines.InService().Source
		if c.Engine != "" {
			p, err := engines.Lookup(c.Engine)
			if err != nil {
				t.Fatal(err)
			}
			source = p.Overhead.Source
		}
		if value := inCatalogue(c); !(value >= c.low && value <= c.high) || source == "" {
			t.Errorf("%s %s is %v, outside %v to %v, or its source %q is missing", c.Engine, c.Name, value, c.low, c.high, source)
		} else {
			t.Logf("%s %s = %v %s: %s", c.Engine, c.Name, value, c.Unit, source)
		}
	}
	if len(Constants) > 16 {
		t.Errorf("%d constants: too many to be identified by five cells", len(Constants))
	}
}

// TestCatalogueHoldsTheFit compares the engines' files with the committed report, as its table shows both.
func TestCatalogueHoldsTheFit(t *testing.T) {
	page, err := os.ReadFile(report + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) < 7 {
			continue
		}
		for i := range Constants {
			c := &Constants[i]
			engine := c.Engine
			if engine == "" {
				engine = "shared"
			}
			if strings.TrimSpace(cells[1]) != engine || strings.TrimSpace(cells[2]) != c.Name {
				continue
			}
			found++
			fitted, err := strconv.ParseFloat(strings.Fields(cells[4])[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			if value := inCatalogue(c); math.Abs(value/fitted-1) > 0.05 {
				t.Errorf("%s %s is %v, its fit %v: write the fit into the engine's file", engine, c.Name, value, fitted)
			}
		}
	}
	if found != len(Constants) {
		t.Errorf("the report has %d of %d constants", found, len(Constants))
	}
}

// TestLeftOutCellsArePredicted holds the committed predictions, each by a fit that left its cell out, to what
// is promised.
func TestLeftOutCellsArePredicted(t *testing.T) {
	predicted, err := fidelity.Open(report + "predictions.csv")
	if err != nil {
		t.Fatal(err)
	}
	e := &Evaluation{Table: predicted, parts: map[*Holdout][]fidelity.Prediction{}}
	for i := range predicted.Rows {
		e.Out = append(e.Out, fidelity.Parse(predicted, i))
	}
	var tpot, p90, ttft, cells, spread float64
	for _, h := range holdouts(predicted.Rows) {
		if h.Part {
			continue
		}
		var part []fidelity.Prediction
		for _, i := range h.rows {
			part = append(part, e.Out[i])
		}
		s := fidelity.ScoreOf(part)
		cells, tpot, p90 = cells+1, tpot+s.TPOT.MedianAPE, p90+s.TPOT.P90APE
		if !e.exact(h) {
			spread, ttft = spread+1, ttft+s.TTFT.MedianAPE
		}
	}
	if tpot/cells > 0.07 || p90/cells > 0.20 || ttft/spread > 0.13 {
		t.Errorf("mean over left-out cells: TPOT median %.3f, p90 %.3f, TTFT median %.3f", tpot/cells, p90/cells, ttft/spread)
	}
	constant := e.constantWidth()
	for _, g := range e.groups() {
		s := intervalsOf(g.predictions, constant)
		if s.within < 0.75 || s.within > 0.99 || s.halfWidth > 0.18 {
			t.Errorf("%s: %.3f within intervals of half-width %.3f", g.name, s.within, s.halfWidth)
		}
		if g.name == "all" && s.score > s.constant {
			t.Errorf("interval score %.4f, a constant width has %.4f", s.score, s.constant)
		}
	}
}

// TestAFitFindsWhatItWasGiven makes measurements of known constants.
func TestAFitFindsWhatItWasGiven(t *testing.T) {
	all := table(t)
	few := &fidelity.Table{Header: all.Header}
	for i, r := range all.Rows {
		if r.Engine == "vllm" && r.Concurrency <= 16 && i%3 == 0 {
			few.Rows = append(few.Rows, r)
		}
	}
	benches, err := benchesOf(few)
	if err != nil {
		t.Fatal(err)
	}
	truth := start()
	at := func(name string) int {
		for i, c := range Constants {
			if c.Name == name && (c.Engine == "vllm" || c.Engine == "") {
				return i
			}
		}
		t.Fatal(name)
		return 0
	}
	truth[at("step_us")], truth[at("request_ms")] = math.Log(900), math.Log(60)
	made, err := predictAll(context.Background(), benches, truth)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range benches {
		b.row.MeasuredTPOTMS, b.row.MeasuredTTFTMS = made[i].TPOTMS, made[i].TTFTMS
	}
	fitted, err := fit(context.Background(), benches, start())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"step_us", "request_ms"} {
		i := at(name)
		if math.Abs(fitted.theta[i]-truth[i]) > 0.2 {
			t.Errorf("%s: %.4g, made with %.4g", name, fitted.Values[i], math.Exp(truth[i]))
		}
	}
}

func TestIntervalScoreRewardsNarrowAndTrue(t *testing.T) {
	if in, wide, out := intervalScore(0, -0.1, 0.1), intervalScore(0, -0.2, 0.2), intervalScore(0.2, -0.1,
		0.1); in != 0.2 || wide != 0.4 || math.Abs(out-2.2) > 1e-12 {
		t.Errorf("%v %v %v", in, wide, out)
	}
}

func TestRowsThatNoFitCanUseAreNamed(t *testing.T) {
	const header = "model,system,gpus,engine,weights,tp,isl,osl,concurrency,ttft_ms,tpot_ms\n"
	for row, want := range map[string]string{
		"Qwen/Qwen3-32B,h100_sxm,2,vllm,bf16,2,512,8,4,90,\n":     "m.csv:2: tpot_ms: is empty; ",
		"Qwen/Qwen3-32B,h100_sxm,2,vllm,bf16,2,512,1,4,90,7\n":    "m.csv:2: osl: is 1",
		"Qwen/Qwen3-32B,h100_sxm,2,vllm,bf16,3,512,8,4,90,7\n":    "m.csv:2: parallel.tp: ",
		"Qwen/Qwen3-32B,h100_sxm,2,vllm,bf16,2,512000,8,4,90,7\n": "m.csv:2: no request completed",
	} {
		table, err := fidelity.Read("m.csv", strings.NewReader(header+row))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Evaluate(context.Background(), table, nil); err == nil ||
			!strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestInterruptedPredictionsAreNoResult interrupts what follows the last fit.
func TestInterruptedPredictionsAreNoResult(t *testing.T) {
	few := &fidelity.Table{Rows: table(t).Rows[:2]}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := rooflines(ctx, few); err == nil {
		t.Error("rooflines: no error")
	}
	benches, err := benchesOf(few)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := boundAll(ctx, benches, start()); err == nil {
		t.Error("predictions with intervals: no error")
	}
}

func TestWhatWasNotAveragedIsNoNumber(t *testing.T) {
	if got := percent(math.NaN()); got != "–" {
		t.Errorf("got %q", got)
	}
}

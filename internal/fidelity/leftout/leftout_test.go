package leftout

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
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
		value := inCatalogue(c)
		if away := math.Abs(math.Log(value/c.Prior)) / c.Belief; !(away < 3) || source == "" || c.Source == "" {
			t.Errorf("%s %s is %v, %.1f deviations from what is believed, or a source is missing", c.Engine, c.Name, value, away)
		} else {
			t.Logf("%s %s = %v %s: %s; %s", c.Engine, c.Name, value, c.Unit, source, c.Source)
		}
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
		if len(cells) < 10 {
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
			fitted, err := strconv.ParseFloat(strings.Fields(cells[6])[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			if value := inCatalogue(c); math.Abs(value/fitted-1) > 0.05 {
				t.Errorf("%s %s is %v, its fit %v: write the fit into the engine's file (--catalogue)", engine, c.Name, value, fitted)
			}
		}
	}
	if found != len(Constants) {
		t.Errorf("the report has %d of %d constants", found, len(Constants))
	}
}

// openedLast are the cells that nobody looked at while laws were chosen (results/fidelity/opened).
var openedLast = []string{"trtllm deepseek-ai/DeepSeek-V3 h200_sxm", "trtllm 1.0.0rc3 meta-llama/Llama-3.1-8B h100_sxm",
	"trtllm openai/gpt-oss-120b h200_sxm", "vllm openai/gpt-oss-120b h200_sxm"}

// TestLeftOutRowsArePredicted holds the committed predictions, each by a fit that left its cell out, to what
// is promised: of the cells in view when laws were chosen, and of all, which miss it for the TPOT and the
// TTFT, as much as they do.
func TestLeftOutRowsArePredicted(t *testing.T) {
	predicted, err := fidelity.Open(report + "predictions.csv")
	if err != nil {
		t.Fatal(err)
	}
	e := &Evaluation{Table: predicted, Holdouts: holdouts(predicted.Rows)}
	for i := range predicted.Rows {
		e.Out = append(e.Out, fidelity.Parse(predicted, i))
	}
	e.Roofline = e.Out
	for _, h := range e.Holdouts {
		for _, i := range h.rows {
			h.predictions = append(h.predictions, e.Out[i])
		}
	}
	inView := slices.DeleteFunc(e.of("cell"), func(h *Holdout) bool { return slices.Contains(openedLast, h.Name) })
	for _, c := range []struct {
		cells      []*Holdout
		n          int
		tpot, ttft float64
	}{{inView, 12, 0.06, 0.12}, {e.of("cell"), 16, 0.07, 0.16}} {
		m := e.meansOf(c.cells)
		if len(c.cells) != c.n || m.tpot.value() > c.tpot || m.p90.value() > 0.15 || m.ttft.value() > c.ttft ||
			m.e2e.value() > 0.07 {
			t.Errorf("mean over %d left-out cells: TPOT median %.3f, p90 %.3f, TTFT median %.3f, E2E median %.3f",
				len(c.cells), m.tpot.value(), m.p90.value(), m.ttft.value(), m.e2e.value())
		}
	}
	for i := range latencyKinds {
		l := &latencyKinds[i]
		s := l.surenessOf(e.Out)
		if s.within < 0.8 || s.byCell < 0.75 || l.name == "TPOT" && (s.within > 0.97 || s.halfWidth > 0.22) {
			t.Errorf("%s: %.3f of rows and %.3f of a mean cell's within intervals of half-width %.3f",
				l.name, s.within, s.byCell, s.halfWidth)
		}
	}
}

// few are some rows of one engine, which an own fit takes little time for.
func few(t *testing.T) []*bench {
	t.Helper()
	all := table(t)
	some := &fidelity.Table{Header: all.Header}
	for i, r := range all.Rows {
		if r.Engine == "vllm" && r.Concurrency <= 16 && i%5 == 0 {
			some.Rows = append(some.Rows, r)
		}
	}
	_, benches, err := benchesOf(some)
	if err != nil {
		t.Fatal(err)
	}
	return benches
}

// at is the place of a constant of vLLM's.
func at(t *testing.T, name string) int {
	t.Helper()
	for i, c := range Constants {
		if c.Name == name && c.Engine == "vllm" {
			return i
		}
	}
	t.Fatal(name)
	return 0
}

// TestAFitFindsWhatItWasGiven makes measurements of known constants: where every row agrees, what is believed
// gives way as far as a cell's error allows.
func TestAFitFindsWhatItWasGiven(t *testing.T) {
	benches := few(t)
	truth := start()
	truth[at(t, "step_us")], truth[at(t, "client_ms")] = 900, 60
	for _, b := range benches {
		p, err := b.predict(t.Context(), truth)
		if err != nil {
			t.Fatal(err)
		}
		b.row.MeasuredTPOTMS, b.row.MeasuredTTFTMS = p.TPOTMS, p.TTFTMS
	}
	fitted, err := fit(t.Context(), benches)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"step_us", "client_ms"} {
		i := at(t, name)
		if off := math.Abs(math.Log(fitted.Values[i] / truth[i])); off > min(0.25, 2*fitted.Errors[i]) {
			t.Errorf("%s: %.4g ± %.2g, made with %.4g", name, fitted.Values[i], fitted.Errors[i], truth[i])
		}
	}
}

// Beside where it was drawn, a row's line gives what a simulation does. Further off a prompt of four
// users may join another step, and the mean of forty TTFTs jumps.
func TestLinesAreNearSimulations(t *testing.T) {
	from := start()
	for _, b := range few(t)[:6] {
		if err := b.linearise(t.Context(), from); err != nil {
			t.Fatal(err)
		}
		x := start()
		for i := range x {
			x[i] *= nudge
		}
		p, err := b.predict(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		if l := b.near(from, x); math.Abs(l.tpot/p.TPOTMS-1) > 0.005 || math.Abs(l.ttft/p.TTFTMS-1) > 0.1 {
			t.Errorf("line %d: %+v, simulated %.4g and %.4g", b.row.Line, l, p.TPOTMS, p.TTFTMS)
		}
	}
}

// Without a row, constants are what is believed; without an engine's rows, its own are.
func TestConstantsWithoutRowsAreBelieved(t *testing.T) {
	nobody := &posterior{from: start()}
	for i, v := range likeliest(nobody, start()) {
		if math.Abs(v/Constants[i].Prior-1) > 1e-9 {
			t.Errorf("%s is %v, believed %v", Constants[i].Name, v, Constants[i].Prior)
		}
	}
	for i, e := range nobody.errors(start()) {
		if math.Abs(e-Constants[i].Belief) > 1e-9 {
			t.Errorf("%s ± %v, believed %v", Constants[i].Name, e, Constants[i].Belief)
		}
	}
	moved := start()
	moved[at(t, "step_us")] *= 3
	if x := unidentified(nobody, moved); x[at(t, "step_us")] != Constants[at(t, "step_us")].Prior {
		t.Error("a constant stays where another fit left it")
	}
}

// Constants are written where they stand, and nothing else moves.
func TestCatalogueIsWrittenInPlace(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../../sim/engines")); err != nil {
		t.Fatal(err)
	}
	e := &Evaluation{All: &Fitted{Values: make([]float64, len(Constants))}, Doubt: engines.InDoubt()}
	for i := range Constants {
		e.All.Values[i] = inCatalogue(&Constants[i])
	}
	if err := e.WriteCatalogue(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range Catalogue() {
		before, _ := os.ReadFile(filepath.Join("../../../sim/engines", name))
		after, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(before) != string(after) {
			t.Errorf("%s: %v\n%s", name, err, after)
		}
	}
	e.All.Values[at(t, "step_us")] = 1234.56
	if err := e.WriteCatalogue(dir); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "profiles", "vllm.toml"))
	if err != nil || !strings.Contains(string(data), "\nstep_us = 1230.0\n") {
		t.Errorf("%v\n%s", err, data)
	}
}

func TestRowsThatNoFitCanUseAreNamed(t *testing.T) {
	const header = "model,system,gpus,engine,weights,tp,isl,osl,concurrency,ttft_ms,tpot_ms\n"
	for row, want := range map[string]string{
		"Qwen/Qwen3-32B,h100_sxm,2,vllm,bf16,2,512,8,4,90,\n":     "m.csv:2: tpot_ms: is empty; ",
		"Qwen/Qwen3-32B,h100_sxm,2,vllm,bf16,2,512,1,4,90,7\n":    "m.csv:2: osl: is 1",
		"Qwen/Qwen3-32B,h100_sxm,2,vllm,bf16,3,512,8,4,90,7\n":    "m.csv:2: parallel.tp: ",
		"Qwen/Qwen3-32B,h100_sxm,x,vllm,bf16,3,512,8,4,90,7\n":    "m.csv:2: gpus: ",
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
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	benches := few(t)[:2]
	if _, err := rooflines(ctx, benches); err == nil {
		t.Error("rooflines: no error")
	}
	if _, err := fit(ctx, benches); err == nil {
		t.Error("a fit: no error")
	}
}

func TestWhatWasNotAveragedIsNoNumber(t *testing.T) {
	if got := percent(math.NaN()); got != "–" {
		t.Errorf("got %q", got)
	}
}

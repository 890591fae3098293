package explain

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write results/fidelity/wideep/README.md anew")

// wideFolder has what is published of DeepSeek-V3 under wide expert parallelism.
const wideFolder = "../../../results/fidelity/wideep/"

// TestWideExpertParallelism holds steps against published tokens a second of a node of eight, and its page
// against what it finds.
func TestWideExpertParallelism(t *testing.T) {
	file, err := os.Open(wideFolder + "measured.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := "| published | GPUs | step | routing | measured | computed | error |\n|---|---|---|---|---|---|---|\n"
	var errors []float64
	for _, row := range rows[1:] {
		cell := func(name string) string { return row[slices.Index(rows[0], name)] }
		number := func(name string) int { n, _ := strconv.Atoi(cell(name)); return n }
		settings := []any{"model.name", cell("model"), "hardware.device", cell("device"), "hardware.gpus", number("gpus"),
			"hardware.nodes", number("nodes"), "parallel.tp", 1, "parallel.dp", number("dp"), "parallel.ep", number("ep"),
			"precision.weights", cell("weights"), "routing.kind", cell("routing")}
		routing := cell("routing")
		if n := number("redundant_experts"); n > 0 {
			settings = append(settings, "routing.redundant_experts", n)
			routing += fmt.Sprintf(", %d replicas", n)
		}
		step := Step{Batch: number("batch"), Context: number("context"), Prefill: number("prefill")}
		what := fmt.Sprintf("%d sequences of %d", step.Batch, step.Context)
		if step.Prefill > 0 {
			what = fmt.Sprintf("%d prompts of %d", step.Batch, step.Prefill)
		}
		got := explained(t, step, settings...).TokensPerSecond() * 8 / float64(number("gpus"))
		off := got/float64(number("node_tokens_per_s")) - 1
		errors = append(errors, math.Abs(off))
		table += fmt.Sprintf("| %s | %d | %s | %s | %d | %.0f | %+.1f%% |\n", cell("id"), number("gpus"), what, routing,
			number("node_tokens_per_s"), got, 100*off)
	}
	slices.Sort(errors)
	median := errors[len(errors)/2]
	table += fmt.Sprintf("\nMedian of the errors' sizes: %.1f%%; the largest: %.1f%%.\n", 100*median, 100*errors[len(errors)-1])
	if median > 0.25 {
		t.Errorf("the median error is %.1f%%", 100*median)
	}
	const page, begin, end = wideFolder + "README.md", "<!-- table -->\n", "<!-- end of the table -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	_, after, _ := strings.Cut(rest, end)
	anew := before + begin + table + end + after
	if *update {
		if err := os.WriteFile(page, []byte(anew), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if anew != string(text) {
		t.Errorf("%s is stale; write it anew with go test ./internal/study/explain -run Wide -update", page)
	}
}

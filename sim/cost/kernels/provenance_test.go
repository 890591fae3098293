package kernels

import (
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/cost/calibration"
)

// TestEveryFittedParameterNamesItsSource lists, with -v, every fitted parameter with the measured file it was
// fitted to.
func TestEveryFittedParameterNamesItsSource(t *testing.T) {
	files, err := readFiles(calibration.Files)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, law := range Default().Laws() {
		known[law.Name] = true
	}
	for _, file := range files {
		for _, law := range file.Laws {
			where := file.Device + "/" + file.Engine + " " + law.Name
			if !known[law.Name] {
				t.Errorf("%s: no such law", where)
			}
			if !strings.HasSuffix(law.Source, ".csv.gz") || law.Versions == "" || law.Rows == 0 {
				t.Errorf("%s: source %q, versions %q, %d rows", where, law.Source, law.Versions, law.Rows)
			}
			for _, p := range law.Parameters {
				t.Logf("%s.%s = %g %s ± %.2g%%: %d rows of %s", where, p.Name, p.Value, p.Unit, 100*p.StandardError, law.Rows, law.Source)
			}
		}
	}
}

// TestHeldOutErrorsKeepTheirTargets guards what calibration reached on held-out groups of shapes: a law that
// gets worse fails.
func TestHeldOutErrorsKeepTheirTargets(t *testing.T) {
	targets := map[string]map[string]float64{ // by law, for each engine and for all
		"gemm.bf16":      {"": 0.07},
		"gemm.fp8":       {"": 0.10},
		"gemm.fp8-block": {"": 0.10},
		"decode.wide":    {"": 0.07},
		"decode.narrow":  {"": 0.07, "trtllm": 0.12},
		"batched.bf16":   {"": 0.10, "trtllm": 0.11},
		"batched.fp8":    {"": 0.10},
		"prefill.wide":   {"": 0.10},
		"allreduce":      {"": 0.08, "trtllm": 0.10},
	}
	files, err := readFiles(calibration.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, law := range file.Laws {
			target, ok := targets[law.Name][file.Engine]
			if !ok {
				target, ok = targets[law.Name][""]
			}
			if ok && law.Median > target {
				t.Errorf("%s/%s %s: median error %.1f%%; target %.0f%%", file.Device, file.Engine, law.Name, 100*law.Median, 100*target)
			}
		}
	}
}

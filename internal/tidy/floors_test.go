package tidy

import (
	"path"
	"strings"
	"testing"
)

// floors are the packages of the house from the ground up. A package imports only from floors below its own;
// a new one gets its place here.
var floors = []struct {
	holds    string
	packages string
}{
	{"what knows nothing of the rest", `docs hw/units internal/atomicfile internal/bounded internal/builder internal/fault internal/hash internal/names internal/parquet
		internal/portable internal/release internal/report/pdf internal/jsonstream internal/unpack sim/cost/calibration sim/cost/robust sim/internal/agenda sim/internal/register`},
	{"tools of those", "internal/article/formula internal/cluster internal/fault/faulttest internal/report/figure internal/strict sim/order sim/router workloads/results"},
	{"what is served, on what, for whom, and in which order", "hw sim/arch sim/drafts sim/metrics sim/sched workloads"},
	{"documents", "internal/article/claims internal/report/document"},
	{"counts: of checkpoints, of memory, of kernels", "sim/arch/huggingface sim/cost/kernels sim/kv"},
	{"times", "sim/cost sim/cost/calibrate sim/cost/experts"},
	{"what the engine is given and gives", "sim/contract sim/engines internal/fidelity/operators"},
	{"decoding sequences as a whole", "sim/internal/decode sim/internal/fixture"},
	{"one copy of a model", "sim/internal/replica"},
	{"copies side by side, and the sum of what they recorded", "sim/internal/fleet sim/internal/summary"},
	{"the engine", "sim"},
	{"what users write", "scenarios"},
	{"questions that take many runs", `internal/bench internal/fidelity internal/launch internal/laws internal/study/capacity
		internal/study/deployments internal/study/diff internal/study/explain`},
	{"searches made of those", "internal/study/planning"},
	{"questions made of those", "internal/article internal/fidelity/parity internal/study/compare"},
	{"answers for readers", "internal/article/exhibits internal/fidelity/leftout internal/fidelity/splitwise internal/report"},
	{"whole reports", "internal/article/pages internal/playground"},
	{"the program, and the page", "cmd/roofserve cmd/playground cmd/playground/engine cmd/release cmd/site"},
	{"rules of the house", "internal/tidy"},
}

func TestImportsGoDown(t *testing.T) {
	floor := map[string]int{}
	for i, f := range floors {
		for _, name := range strings.Fields(f.packages) {
			floor[name] = i
		}
	}
	met := map[string]bool{}
	for _, f := range sources(t) {
		from := path.Dir(f.name)
		own, known := floor[from]
		if !known {
			t.Errorf("%s: its package has no floor; give it one in internal/tidy/floors_test.go", f.name)
			continue
		}
		met[from] = true
		for _, spec := range f.tree.Imports {
			imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module+"/")
			if ours && !f.test && floor[imported] >= own {
				t.Errorf("%s: imports %s, which stands on the floor of %q, not below that of %q", f.at(spec.Pos()), imported,
					floors[floor[imported]].holds, floors[own].holds)
			}
		}
	}
	for name := range floor {
		if !met[name] {
			t.Errorf("internal/tidy/floors_test.go: there is no package %s", name)
		}
	}
}

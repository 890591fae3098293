package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// results/plan is what this code writes, of one of its loads, and every row there says that nothing does with
// fewer GPUs and that at least four of five other seeds keep the limits.
func TestPlansAreProven(t *testing.T) {
	const results = "../../results/plan"
	folders, err := filepath.Glob(filepath.Join(results, "*", plannedFile))
	if err != nil || len(folders) != 6 {
		t.Fatalf("%d tables, %v", len(folders), err)
	}
	loads := 0
	for _, path := range folders {
		for _, row := range table(t, path) {
			loads++
			kept := row["kept_with_other_seeds"]
			if row["gpus"] == "" || row["gpus"] != row["fewest_gpus"] || kept != "4 of 5" && kept != "5 of 5" || row["error"] != "" {
				t.Errorf("%s: %v", path, row)
			}
		}
	}
	if loads != 12 {
		t.Errorf("%d loads", loads)
	}
	dir := t.TempDir()
	call(t, 0, "plan "+results+"/llama-3.1-70b-chat.toml --slo ttft_p99=2s,tpot_p99=100ms --max-gpus 32 --prove --quiet --out "+dir)
	want := text(t, filepath.Join(results, "llama-3.1-70b-chat", plannedFile))
	if got := text(t, filepath.Join(dir, plannedFile)); got != want {
		t.Errorf("stale; write it with the commands of results/plan/README.md:\n%s\nwant\n%s", got, want)
	}
}

// A case that cannot be has a line of its own, and what is wrong with the flags is said.
func TestPlansOfSweeps(t *testing.T) {
	dir := contractFolder(t)
	line := "plan " + dir + "/some.toml --slo ttft_p99=1s --max-gpus 1 --set "
	call(t, 0, line+`sweep=[{key="workload.rate_scale",values=[1,2]}] --quiet --out `+dir+"/plans")
	rows := table(t, filepath.Join(dir, "plans", plannedFile))
	if len(rows) != 2 || rows[1]["workload.rate_scale"] != "2" || rows[1]["gpus"] != "1" || rows[1]["tried"] != "" {
		t.Errorf("%v", rows)
	}
	call(t, 2, line+`sweep=[{key="model.name",values=["llama-3.1-8b","lama"]}] --quiet --out `+dir+"/wrong")
	rows = table(t, filepath.Join(dir, "wrong", plannedFile))
	if len(rows) != 2 || rows[0]["gpus"] != "1" || !strings.Contains(rows[1]["error"], "did you mean") {
		t.Errorf("%v", rows)
	}
	call(t, 1, line+`sweep=[{key="model.name",values=["llama-3.1-405b"]}] --quiet`)
	call(t, 2, line+`sweep=[{key="workload.rate_scale",values=[1,2]}] --serve`)
	call(t, 2, line+`workload.rate_scale=1 --prove --objective usd`)
	call(t, 2, line+`workload.rate_scale=1 --prove --pools`)
}

package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// collection is where published config.json files may lie, with facts counted from them.
const collection = "../../../shared/models"

// TestEveryPublishedConfig imports, counts, fits and explains every file of the collection by the program's
// verbs.
func TestEveryPublishedConfig(t *testing.T) {
	index, err := os.Open(filepath.Join(collection, "INDEX.csv"))
	if err != nil {
		t.Skip("the collection of config.json files is not beside this checkout; sim/arch tests the counts of the whole catalogue")
	}
	defer index.Close()
	rows, err := csv.NewReader(index).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]map[string]string{}
	for _, row := range rows[1:] {
		fact := map[string]string{}
		for i, column := range rows[0] {
			fact[column] = row[i]
		}
		facts[filepath.Base(fact["file"])] = fact
	}
	files, err := filepath.Glob(filepath.Join(collection, "configs", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			fact := facts[filepath.Base(file)]
			if fact == nil {
				t.Fatal("is not in INDEX.csv")
			}
			counted(t, fact, called(t, "models", "import", file))
			fits(t, fact, file)
			explains(t, file)
		})
	}
}

// called is the JSON object that a verb gives.
func called(t *testing.T, args ...string) map[string]any {
	t.Helper()
	var out, errs strings.Builder
	if code := run(context.Background(), strings.NewReader(""), &out, &errs,
		append(args, "--json", "-")); code != statusFine {
		t.Fatalf("roofserve %s: exit status %d: %s", strings.Join(args, " "), code, errs.String())
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(out.String()), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// counted compares counts with the facts, parameters within 0.1% and caches to the byte.
func counted(t *testing.T, fact map[string]string, model map[string]any) {
	params := model["params"].(map[string]any)
	for column, got := range map[string]any{"total_params_b": params["total"], "active_params_b": params["active"], "active_gemm_params_b": params["active_gemm"]} {
		if want, ok := number(t, fact[column]); ok && math.Abs(got.(float64)/1e9/want-1) > 0.001 {
			t.Errorf("%s: %g, the fact says %s", column, got, fact[column])
		}
	}
	for column, got := range map[string]any{"layers": model["layers"], "kv_bytes_per_token_all_layers_bf16": model["kv_bytes_per_token"],
		"state_bytes_per_seq_fp32state_bf16conv": model["state_bytes_per_sequence"]} {
		if want, ok := number(t, fact[column]); ok && got != want {
			t.Errorf("%s: %g, the fact says %s", column, got, fact[column])
		}
	}
}

// number reads a fact; an empty one was not counted.
func number(t *testing.T, text string) (float64, bool) {
	t.Helper()
	if text == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v, true
}

// fits asks for the smallest plan and its cache, which by layer and in bf16 is the fact's, to the byte.
func fits(t *testing.T, fact map[string]string, file string) {
	memory := called(t, "memory", "--config", file, "--kv", "bf16")
	if memory["fits"] != true || memory["num_gpu_blocks"].(float64) < 1 {
		t.Errorf("fits %v with %v blocks", memory["fits"], memory["num_gpu_blocks"])
	}
	var perLayer float64
	if _, err := fmt.Sscanf(fact["kv_bytes_per_token_per_layer_bf16"], "%g", &perLayer); err == nil && memory["kv_bytes_per_token_per_layer"] != perLayer {
		t.Errorf("%v bytes a token and layer, the fact says %s", memory["kv_bytes_per_token_per_layer"], fact["kv_bytes_per_token_per_layer_bf16"])
	}
}

// explains opens a decode and a prefill step up.
func explains(t *testing.T, file string) {
	for _, step := range [][]string{{"--batch", "16", "--context", "3000"}, {"--prefill", "2000"}} {
		step := called(t, append([]string{"explain", "--config", file}, step...)...)
		sum := 0.0
		for _, operator := range step["operators"].([]any) {
			sum += operator.(map[string]any)["time_ms"].(float64)
		}
		if ms := step["step_ms"].(float64); !(ms > 0.5 && ms < 10_000) || math.Abs(sum/ms-1) > 1e-4 {
			t.Errorf("the step takes %g ms, its operators %g", ms, sum)
		}
	}
}

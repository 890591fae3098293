package workloads_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roofserve/roofserve/workloads"
)

// The clients' files say how many requests each window has, and of what lengths.
func TestClientsOfServeGen(t *testing.T) {
	folder := filepath.Join("testdata", "formats", "servegen")
	source, err := workloads.Open(folder, "", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	requests := read(t, source)
	windows := map[int]int{}
	shares := map[int]float64{}
	for i, r := range requests {
		window := int(float64(r.Arrival.Seconds()) / 600)
		windows[window]++
		if window < 3 {
			shares[r.Input]++
		} else if r.Input != 10 || r.Output != 1 && r.Output != 7 {
			t.Fatalf("of the last window: %+v", r)
		}
		if i > 0 && r.Arrival < requests[i-1].Arrival {
			t.Fatal("requests are out of order")
		}
	}
	if diff := cmp.Diff(map[int]int{0: 799 + 300, 2: 2 * 164, 3: 2 * 90}, windows); diff != "" {
		t.Error(diff)
	}
	for length, want := range map[int]float64{224: 0.25, 240: 0.5, 4331: 0.25} {
		if got := shares[length] / (1099 + 328); math.Abs(got-want) > 0.04 {
			t.Errorf("%v of the prompts have %d tokens, want %v", got, length, want)
		}
	}
	one, err := workloads.Open(filepath.Join(folder, "chunk-12-dataset.json"), "", workloads.Options{Requests: 350})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(read(t, one)); got != 350 || workloads.Recognised(one) != "clients of ServeGen" {
		t.Errorf("%d requests of one client, as %q", got, workloads.Recognised(one))
	}
	again, err := workloads.Open(folder, "", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(requests, read(t, again)); diff != "" {
		t.Error("the same seed draws others: " + diff)
	}
}

func TestClientsOfServeGenThatAreWrong(t *testing.T) {
	const rates = "0,1,1,Gamma,1,1\n600,1,1,Gamma,1,1\n"
	const lengths = `{"0": {"input_tokens": "{5: 1.0}", "output_tokens": "{6: 1.0}"}}`
	for _, c := range []struct{ rates, lengths, want string }{
		{"0,1,1,Gamma,1\n", lengths, "chunk-1-trace.csv:1: has 5 columns"},
		{"0,1,1,Pareto,1,1\n", lengths, `chunk-1-trace.csv:1: gaps of "Pareto"`},
		{"0,x,1,Gamma,1,1\n", lengths, `chunk-1-trace.csv:1: "x" is no number from 0`},
		{"0,1,1,Gamma,0,1\n", lengths, "gaps of shape 0"},
		{"600,1,1,Gamma,1,1\n0,1,1,Gamma,1,1\n", lengths, "chunk-1-trace.csv:2: begins before the window above it"},
		{"0,1,1,Gamma,1,1\n", lengths, "has fewer than two windows"},
		{"0,99999999,1,Gamma,1,1\n600,1,1,Gamma,1,1\n", lengths, "requests in a window"},
		{rates, "", "no such trace"},
		{rates, "version https://git-lfs.github.com/spec/v1\n", "is no object of windows"},
		{rates, `{"x": {}}`, `has "x" for a time in s`},
		{rates, `{"0": {"input_tokens": "{5: 1.0}"}}`, "has no text of output_tokens"},
		{rates, `{"0": {"input_tokens": "{5: 2.0}", "output_tokens": "{6: 1.0}"}}`, `has "5: 2.0" in input_tokens`},
		{rates, `{"0": {"input_tokens": "{5: 1.0}", "output_tokens": "{6: 1.0}"}`, "is not JSON to its end"},
	} {
		folder := t.TempDir()
		write := func(name, text string) {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("chunk-1-trace.csv", c.rates)
		if c.lengths != "" {
			write("chunk-1-dataset.json", c.lengths)
		}
		source, err := workloads.Open(folder, "", workloads.Options{})
		if err == nil {
			var r workloads.Request
			for source.Next(&r) {
			}
			err = source.Err()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %q: %v, want %s", c.rates, c.lengths, err, c.want)
		}
	}
	if _, err := workloads.Open(t.TempDir(), "", workloads.Options{}); err == nil ||
		!strings.Contains(err.Error(), "a folder without clients of ServeGen") {
		t.Errorf("an empty folder: %v", err)
	}
}

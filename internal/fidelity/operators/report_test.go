package operators

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/gzip"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/sim/cost/calibrate"
)

// measurements are all-reduces of two engines that take 5 µs and 10 µs a megabyte on two to eight ranks.
func measurements(t *testing.T) fstest.MapFS {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	fmt.Fprintln(w, "engine,kernel,num_gpus,message_size,latency_ms")
	for i, engine := range []string{"sglang-1", "vllm-2"} {
		for ranks := 2; ranks <= 8; ranks *= 2 {
			for elements := 1024; elements <= 8<<20; elements += elements / 4 {
				fmt.Fprintf(w, "%s,x_graph,%d,%d,%g\n", engine, ranks, elements, 0.005*float64(i+1)+2*float64(elements)/1e8)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"h100_allreduce.csv.gz": {Data: b.Bytes()}}
}

// solved are the fits to the measurements.
func solved(t *testing.T) []*calibrate.Fit {
	problems, err := calibrate.Read(measurements(t))
	if err != nil {
		t.Fatal(err)
	}
	fits, err := calibrate.Solve(t.Context(), problems, nil)
	if err != nil {
		t.Fatal(err)
	}
	return fits
}

func TestReportIsCompleteAndRepeats(t *testing.T) {
	fits := solved(t)
	first, second := t.TempDir(), filepath.Join(t.TempDir(), "made")
	for _, dir := range []string{first, second} {
		if err := Save(dir, figure.Look{}, fits); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"README.md", "laws.csv", "transfers.csv", "allreduce.csv", "allreduce.png", "allreduce.svg"} {
		a, err := os.ReadFile(filepath.Join(first, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(second, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(a) == 0 || !bytes.Equal(a, b) {
			t.Errorf("%s: %d bytes, then %d others", name, len(a), len(b))
		}
	}
	page, err := os.ReadFile(filepath.Join(first, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 laws, 8 fitted parameters", "| allreduce | h100-sxm-80gb | sglang-1 |", "| another engine on the same device | 2 |"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// A bin stands at the middle of its fifth of a decade, which holds all its samples, and has their
// quantiles.
func TestBinsStandInTheirMiddle(t *testing.T) {
	f := &calibrate.Fit{Problem: &calibrate.Problem{}}
	// Edges lie at 10, 15.85 and 25.12 µs.
	for _, us := range []float64{10.1, 11, 12, 13, 15.8, 16, 17, 18, 19, 25, 400} {
		f.Samples = append(f.Samples, calibrate.Sample{Measured: units.Seconds(us) * units.Microsecond})
		f.Residuals = append(f.Residuals, math.Log1p(us/1000))
	}
	want := []bin{
		{microseconds: 12.589254, low: 0.0101, median: 0.012, high: 0.013},
		{microseconds: 19.952623, low: 0.016, median: 0.018, high: 0.019},
	}
	near := cmpopts.EquateApprox(1e-7, 0)
	if diff := cmp.Diff(want, binned(f), cmp.AllowUnexported(bin{}), near); diff != "" {
		t.Error(diff)
	}
}

// A law with too few samples for a figure leaves no empty room, and a family of such laws no figure and no
// link to one.
func TestNothingIsDrawnOfFewSamples(t *testing.T) {
	fits := solved(t)
	few := *fits[0]
	few.Law, few.Samples = "allreduce.few", few.Samples[:fewest-1]
	figures, err := residualFigures(append(fits, &few))
	if err != nil || len(figures) != 1 || len(figures[0].Panels) != 1 {
		t.Fatalf("%v: %d figures, want one of one row", err, len(figures))
	}
	if figures, err = residualFigures([]*calibrate.Fit{&few}); err != nil || len(figures) != 0 {
		t.Fatalf("%v: %d figures of too few samples", err, len(figures))
	}
}

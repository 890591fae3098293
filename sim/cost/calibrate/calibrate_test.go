package calibrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/calibration"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// synthetic is a problem whose samples a known set of kernels made, with noise.
func synthetic(t *testing.T, truth *kernels.Set, noise float64) *Problem {
	d, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	set := newProblemSet(d, "synthetic.csv.gz")
	p := set.of("gemm.bf16", "vllm-1")
	rng := rand.New(rand.NewPCG(7, 11))
	for n := 512; n <= 16384; n *= 2 {
		for k := 512; k <= 16384; k *= 2 {
			for m := 1; m <= 8192; m *= 4 {
				shape := kernels.GEMMShape{M: m, N: n, K: k, Weights: units.BF16, Activations: units.BF16}
				predict := func(s *kernels.Set) units.Seconds { return s.GEMM.Time(d, shape) }
				p.add("vllm-1", Sample{Group: fmt.Sprint(n, k), Shape: fmt.Sprint(m), Predict: predict,
					Measured: predict(truth) * units.Seconds(math.Exp(noise*rng.NormFloat64()))})
			}
		}
	}
	return p
}

func TestFitRecoversWhatMadeTheSamples(t *testing.T) {
	truth := kernels.Default()
	truth.GEMM.BF16.Fixed, truth.GEMM.BF16.Efficiency, truth.GEMM.BF16.Rate = 5e-6, 0.7, 90e9
	fit, err := solve(synthetic(t, truth, 0.02), kernels.Default())
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range lawOf(truth, "gemm.bf16").Parameters() {
		got := fit.Parameters[i]
		if p.Name != kernels.DiscrepancyName &&
			math.Abs(math.Log(got.Value/(*p.Value))) > max(4*got.StandardError, 0.01) {
			t.Errorf("%s = %g ± %.2g; the samples were made with %g", p.Name, got.Value, got.StandardError, *p.Value)
		}
	}
	if fit.Held.Median > 0.02 || fit.Held.Median < 0.01 {
		t.Errorf("held-out median error %.4f with noise of 0.02", fit.Held.Median)
	}
}

func TestGroupsFallIntoEqualParts(t *testing.T) {
	seen := map[uint64]int{}
	for i := range 1000 {
		seen[fold(fmt.Sprintf("n=%d k=%d", i*64, i), folds)]++
	}
	for part, count := range seen {
		if count < 150 || count > 250 {
			t.Errorf("part %d has %d of 1000 groups", part, count)
		}
	}
}

func TestThinningKeepsEveryGroup(t *testing.T) {
	p := synthetic(t, kernels.Default(), 0)
	all, groups := len(p.Samples), map[string]int{}
	p.thin(100)
	for _, s := range p.Samples {
		groups[s.Group]++
	}
	if len(p.Samples) > 100 || len(groups) != 36 || len(p.Samples)+p.Dropped() != all {
		t.Errorf("%d of %d samples in %d groups, %d dropped", len(p.Samples), all, len(groups), p.Dropped())
	}
}

func TestMistakesAreReportedWhereTheyAre(t *testing.T) {
	const head, sound = "engine,kernel,gemm_dtype,m,n,k,latency_ms\n", "vllm-1,x,bfloat16,1,512,512,0.01\n"
	gemm := func(cells string) string { return head + sound + "vllm-1,x,bfloat16," + cells + "\n" }
	for _, c := range []struct{ text, want string }{
		{gemm("one,512,512,0.01"), `:3: m: "one" cannot be used; use a whole number from 1 to 1048576`},
		{gemm("1,nan,512,0.01"), `:3: n: "nan" cannot be used`},
		{gemm("1,512,-inf,0.01"), `:3: k: "-inf" cannot be used`},
		{gemm("0,512,512,0.01"), `:3: m: "0" cannot be used`},
		{gemm("-4,512,512,0.01"), `:3: m: "-4" cannot be used`},
		{gemm("1.5,512,512,0.01"), `:3: m: "1.5" cannot be used`},
		{gemm("1,512,1e12,0.01"), `:3: k: "1e12" cannot be used`},
		{gemm(",512,512,0.01"), `:3: m: is empty`},
		{gemm("1,512,512,"), `:3: latency_ms: is empty; use the measured time, from 1e-06 to 1e+06`},
		{gemm("1,512,512,0"), `:3: latency_ms: "0" cannot be used`},
		{gemm("1,512,512,-1"), `:3: latency_ms: "-1" cannot be used`},
		{gemm("1,512,512,NaN"), `:3: latency_ms: "NaN" cannot be used`},
		{gemm("1,512,512,1e7"), `:3: latency_ms: "1e7" cannot be used`},
		{gemm("1,512,0.01"), `:3: cannot be read: wrong number of fields`},
		{gemm("1,512,512,0.01,7"), `:3: cannot be read: wrong number of fields`},
		{"engine,gemm_dtype,m,k,latency_ms\nvllm-1,bfloat16,1,512,0.01\n", `:2: n: is no column of the file; add it`},
		{"engine,m,m\nvllm-1,1,1\n", `:1: m: the column stands there twice; keep one of them`},
		{"kernel,m\nx,1\n", `:1: engine: is no column of the file`},
		{head + "../../vllm-1,x,bfloat16,1,512,512,0.01\n", `:2: engine: "../../vllm-1" cannot be used; name whose kernels ran`},
		{head + ",x,bfloat16,1,512,512,0.01\n", `:2: engine: is empty`},
		{head, `:1: has no rows`},
		{"", `:1: is empty; begin with a line of column names`},
	} {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		fmt.Fprint(w, c.text)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := Read(fstest.MapFS{"h100_gemm.csv.gz": {Data: b.Bytes()}})
		if err == nil || !strings.HasPrefix(err.Error(), "h100_gemm.csv.gz"+c.want) {
			t.Errorf("%q gives %v, want %s", c.text, err, c.want)
		}
	}
	if problems, err := Read(fstest.MapFS{}); err != nil || len(problems) > 0 {
		t.Errorf("%d problems of no files, %v", len(problems), err)
	}
	if _, err := Read(fstest.MapFS{"h100_gemm.csv.gz/x": {}}); err == nil || err.Error() != "h100_gemm.csv.gz: cannot be read: is no file; give measured rows as CSV, compressed with gzip" {
		t.Errorf("a folder gives %v", err)
	}
}

// TestCalibrationIsReproduced fits the quick families again, a tenth of the work, and looks for their laws in
// the committed files.
func TestCalibrationIsReproduced(t *testing.T) {
	if _, err := os.Stat(siliconDir); err != nil {
		t.Skip("the measured rows are not beside the repository")
	}
	problems, err := Read(os.DirFS(siliconDir), "collective", "launch", "allreduce", "batched", "decode", "alltoall")
	if err != nil {
		t.Fatal(err)
	}
	fits, err := Solve(t.Context(), problems, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(fits)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		committed, err := fs.ReadFile(calibration.Files, file.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, law := range bytes.Split(file.Content, []byte("[[law]]")) {
			if !bytes.Contains(committed, bytes.TrimSpace(law)) {
				t.Errorf("%s lacks %s: run `roofserve calibrate`", file.Path, law)
			}
		}
	}
}

// TestCancelledCalibrationFitsNothing stops before the first law.
func TestCancelledCalibrationFitsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fits, err := Solve(ctx, []*Problem{synthetic(t, kernels.Default(), 0)}, func(*Fit) { t.Error("a law was fitted") })
	if !errors.Is(err, context.Canceled) || fits != nil {
		t.Errorf("%d fits, %v", len(fits), err)
	}
}

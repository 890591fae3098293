package results_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/workloads/results"
)

// Whatever a file holds, what is read of it is sound, or an error says why not.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var runs []results.Result
		faulttest.Read(t, func() (_ string, err error) { // as text, since what is not known is not equal to itself
			_, runs, err = read(t, content)
			return fmt.Sprint(runs), err
		})
		for i := range runs {
			for _, q := range runs[i].Requests {
				if q.Input < 1 || q.Output < 1 || q.Input > 1e9 || q.Output > 1e9 {
					t.Fatalf("%+v", q)
				}
			}
			if runs[i].Concurrency < 0 || runs[i].Failed < 0 || math.IsNaN(runs[i].Rate) {
				t.Fatalf("%+v", runs[i])
			}
		}
	})
}

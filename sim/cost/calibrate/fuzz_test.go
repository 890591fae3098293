package calibrate

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Whatever a measured file says, each of its rows is a time that its law predicts, or an error says where it
// is none.
func FuzzMeasured(f *testing.F) {
	for i, file := range smallFiles {
		table := smallTable(rand.New(rand.NewPCG(uint64(i), 0)), file.columns)[:4]
		var lines []string
		for _, row := range table {
			lines = append(lines, strings.Join(row, ","))
		}
		f.Add(uint8(i), strings.Join(lines, "\n"))
	}
	set := kernels.Default()
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		file := smallFiles[int(kind)%len(smallFiles)]
		data := zip([][]string{{text}})
		read := func() ([]*Problem, error) {
			return Read(fstest.MapFS{file.file + ".csv.gz": {Data: data}}, file.family)
		}
		type sample struct {
			group, shape string
			measured     units.Seconds
		}
		faulttest.Read(t, func() ([]sample, error) { // samples hold functions, which cannot be compared
			problems, err := read()
			var samples []sample
			for _, p := range problems {
				for _, s := range p.Samples {
					samples = append(samples, sample{s.Group, s.Shape, s.Measured})
				}
			}
			return samples, err
		})
		problems, _ := read()
		for _, p := range problems {
			if err := p.predictable(set); err != nil {
				t.Error(err)
			}
		}
	})
}

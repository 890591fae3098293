package splitwise

import (
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/fault/faulttest"
)

// Whatever a file of batches says, its rows have sound numbers, or an error says which cell has not.
func FuzzBatches(f *testing.F) {
	header := strings.Join(columns, ",") + "\n"
	f.Add(header + "a100-80gb,512,1,128,65.5,31.25,4000,4\nh100-80gb-pcap,512,64,128,65.5,31.25,4000,2\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, ok := faulttest.Read(t, func() (*Table, error) { return Read("m.csv", strings.NewReader(text)) })
		if !ok {
			return
		}
		for _, r := range table.Rows {
			if r.TP < 1 || r.InputTokens < 1 || r.Concurrency < 1 || r.OutputTokens < 1 || !(r.MeasuredTTFTMS > 0) ||
				!(r.MeasuredTPOTMS > 0) {
				t.Errorf("%+v", r)
			}
		}
	})
}

package fidelity

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/fault/faulttest"
)

// Whatever a measurements file says, its rows describe deployments with sound numbers, or an error says which
// cell does not.
func FuzzMeasurements(f *testing.F) {
	f.Add(measurements)
	f.Add("model,system,gpus,engine,engine_version,isl,osl,concurrency,length_min_fraction,tpot_ms\nx,y,8,vllm,0.14,1,1,1,0.8,\"1e3\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, _ := faulttest.Read(t, func() ([]Row, error) {
			table, err := Read("m.csv", strings.NewReader(text))
			if err != nil {
				return nil, err
			}
			for i := range table.Rows { // NaN, which stands for no measurement, is not equal to itself
				table.Rows[i].MeasuredTPOTMS = max(0, orZero(table.Rows[i].MeasuredTPOTMS))
				table.Rows[i].MeasuredTTFTMS = max(0, orZero(table.Rows[i].MeasuredTTFTMS))
			}
			return table.Rows, nil
		})
		for _, r := range rows {
			if r.Unusable != nil {
				if !strings.HasPrefix(r.Unusable.Error(), fmt.Sprintf("m.csv:%d", r.Line)) {
					t.Errorf("%v", r.Unusable)
				}
				continue
			}
			if r.GPUs < 1 || r.TP < 1 || r.PP < 1 || r.DPAttention < 1 || r.EP < 1 || r.InputTokens < 1 ||
				r.OutputTokens < 1 || r.Concurrency < 1 ||
				!(r.LengthMinFraction > 0 && r.LengthMinFraction <= 1) || math.IsInf(r.MeasuredTPOTMS, 0) ||
				math.IsInf(r.MeasuredTTFTMS, 0) {
				t.Errorf("%+v", r)
			}
			if _, err := r.Scenario(); err != nil && !strings.HasPrefix(err.Error(), fmt.Sprintf("m.csv:%d", r.Line)) {
				t.Errorf("%v", err)
			}
		}
	})
}

func orZero(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

package report

import (
	"errors"
	"math"
	"testing"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/internal/study/diff"
)

// Whatever a case's file says, its metrics are finite, or an error says what is wrong.
func FuzzCase(f *testing.F) {
	f.Add([]byte(`{"case": {"scenario": "s", "index": 1, "of": 3, "settings": {"a.b": 1, "c": [true, "x", null, {"d": 1e3}]}}, "completed": 3, "p99_ttft_ms": 1.5, "kv_cache_usage": {"mean": 0.5}}`))
	f.Add([]byte(`{"case": {"index": 0, "of": 1, "settings": {}}, "error": "does not fit"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, ok := faulttest.Read(t, func() (CaseResult, error) {
			c, err := ReadCase("case.json", data)
			if wrong := (*fault.Error)(nil); err != nil && !errors.As(err, &wrong) { // as the command words it
				err = &fault.Error{File: "case.json", Wrong: err.Error()}
			}
			return c, err
		})
		if !ok {
			return
		}
		for name, v := range c.Metrics {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s is %v", name, v)
			}
		}
		if c.Index < 0 || c.Of < 1 || c.Index >= c.Of {
			t.Errorf("case %d of %d", c.Index, c.Of)
		}
	})
}

// Whatever a result's file says, its values are finite, or an error says why it is none.
func FuzzOutcome(f *testing.F) {
	f.Add([]byte(`{"scenario": {"name": "s"}, "completed": 3, "p99_ttft_ms": 1.5, "kv_cache_usage": {"mean": 0.5}, ` +
		`"interval": {"metrics": {"p99_ttft_ms": [1, 2]}}, "decode_step": {"sequences": 3, "total_ms": 9}}`))
	f.Add([]byte(`{"case": {"scenario": "s", "index": 1, "of": 3, "settings": {"a.b": 1}}, "completed": 3}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, ok := faulttest.Read(t, func() (diff.Outcome, error) {
			o, err := ReadOutcome(data)
			if wrong := (*fault.Error)(nil); err != nil && !errors.As(err, &wrong) { // as the command words it
				err = &fault.Error{File: "result.json", Wrong: err.Error()}
			}
			return o, err
		})
		if !ok {
			return
		}
		for name, v := range o.Values {
			for _, x := range []float64{v.Point, v.Low, v.High} {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					t.Errorf("%s is %+v", name, v)
				}
			}
		}
	})
}

package sim

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// A run that is asked for its numbers alone has the same ones, and neither series nor curves.
func TestNumbersAloneAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		run := func(alone bool) *Result {
			c.NumbersOnly, c.Workload = alone, fresh()
			r, err := Run(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		whole, numbers := run(false), run(true)
		curves := cmpopts.IgnoreFields(Distribution{}, "CDF")
		if d := cmp.Diff(whole, numbers, curves, cmpopts.IgnoreFields(Result{}, "Series"), cmpopts.EquateNaNs()); d != "" {
			t.Errorf("a whole run (-) and one of numbers alone (+) differ:\n%s", d)
		}
		curve := whole.TTFT.Count == 0 || whole.TTFT.CDF != nil
		if !curve || numbers.TTFT.CDF != nil || whole.Series == nil || numbers.Series != nil {
			t.Errorf("%d points of a curve and %d windows, alone %d and %d", len(whole.TTFT.CDF), len(whole.Series),
				len(numbers.TTFT.CDF), len(numbers.Series))
		}
	})
}

package capacity

import (
	"context"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// TestTheEdgeLiesInItsRange: a slower system serves less, and a faster one more.
func TestTheEdgeLiesInItsRange(t *testing.T) {
	s, err := scenarios.Parse("open", "", []byte(`
model = { name = "llama-3.1-8b" }
[workload.synthetic]
requests = 200
arrival = { process = "poisson", rate = 10.0 }
input = { distribution = "fixed", value = 200 }
output = { distribution = "fixed", value = 40 }
`))
	if err != nil {
		t.Fatal(err)
	}
	c := Search{Objectives: objectives(t, "tpot_mean=12ms"), Tolerance: 0.01}
	found, err := c.Load(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Range(context.Background(), s, found, (*Search).Load)
	if err != nil || r.Slower == nil || r.Faster == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	low, at, high := r.Slower.Load, found.Best.Load, r.Faster.Load
	if !(low < at && at < high) {
		t.Errorf("%v … %v … %v", low, at, high)
	}
	if c.Shift.Sureness != nil {
		t.Error("a range leaves its mark on the search")
	}
}

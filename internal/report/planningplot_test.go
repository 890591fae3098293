package report

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/planning"
)

// Of a plan's numbers of replicas the fewest that meet the limits are drawn, the fewest of a plan that never
// does, and what is on a front.
func TestTellingPoints(t *testing.T) {
	point := func(device string, gpus int, met, front bool) planning.Point {
		trial := &capacity.Trial{GPUs: gpus}
		if !met {
			trial.Failures = []string{"late"}
		}
		return planning.Point{SpeedFront: front, Attempt: &planning.Attempt{Trial: trial,
			Arrangement: planning.Arrangement{Choice: planning.Choice{GPU: device}, Replicas: gpus}}}
	}
	list := []planning.Point{
		point("a", 1, false, false), point("a", 4, true, false), point("a", 2, true, false), point("a", 3, true, true),
		point("b", 2, false, false), point("b", 1, false, false),
	}
	var got []string
	for _, p := range telling(list) {
		got = append(got, p.Choice.GPU+string(rune('0'+p.Trial.GPUs)))
	}
	if want := []string{"a2", "a3", "b1"}; !slices.Equal(got, want) {
		t.Errorf("drawn are %v, want %v", got, want)
	}
}

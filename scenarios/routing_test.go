package scenarios

import "testing"

// Each way to balance experts has a speed of its own, 0.001 for the bias and 0.02 for the auxiliary loss,
// unless the scenario says otherwise.
func TestRoutersTrainAtTheirOwnSpeed(t *testing.T) {
	for setting, want := range map[string]float64{
		"routing.steps=7": 0.001, `routing.balance="bias"`: 0.001, `routing.balance="auxiliary"`: 0.02,
		`routing={kind="simulated", balance="auxiliary", speed=0.5}`: 0.5,
	} {
		r, _, err := named(t, mixture, `routing.kind="simulated"`, setting).Resolve()
		if err != nil || r.Routing.Speed != want {
			t.Errorf("%s: a speed of %v, want %v; %v", setting, r.Routing.Speed, want, err)
		}
	}
}

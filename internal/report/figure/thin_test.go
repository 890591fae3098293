package figure

import (
	"slices"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// Labels that would meet are left out, powers of ten last.
func TestSpacedLabelsDoNotMeet(t *testing.T) {
	ticks := Log{}.Ticks(200, 20_000)
	labels := func(wide vg.Length) (list []string) {
		at := map[float64]vg.Length{}
		for i, tick := range ticks {
			at[tick.Value] = vg.Length(10 * i)
		}
		for _, tick := range spaced(slices.Clone(ticks), func(k *plot.Tick) (from, to vg.Length) {
			return at[k.Value] - wide/2, at[k.Value] + wide/2
		}) {
			if tick.Label != "" {
				list = append(list, tick.Label)
			}
		}
		return list
	}
	if got, want := labels(1), []string{"200", "500", "1,000", "2,000", "5,000", "10k", "20k"}; !slices.Equal(got, want) {
		t.Errorf("with room %v, want %v", got, want)
	}
	if got, want := labels(25), []string{"200", "500", "1,000", "5,000", "10k"}; !slices.Equal(got, want) {
		t.Errorf("without %v, want %v", got, want)
	}
}

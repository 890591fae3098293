package experts

import (
	"math"
	"math/rand/v2"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/portable"
)

// drift makes a batch's loads of experts from what tokens of all subjects choose. Sampling tokens for each
// batch and layer anew would take minutes; the loads are scaled instead.
type drift struct {
	seed uint64
	// loads grow by that in logarithms where an expert's logits do by one: the logarithm of the share of tokens
	// whose logits lie above what TopK of all experts reach, by its derivative.
	growth float64
}

// leastDrifts are drawn for each size of a batch; the mean of their fullest ranks is then known to two
// percent.
const leastDrifts = 64

func newDrift(s *Settings) drift {
	d := drift{seed: s.Seed}
	if s.Drift > 0 && s.TopK < s.Experts {
		share := float64(s.TopK) / float64(s.Experts)
		z := portable.NormalQuantile(1 - share)
		d.growth = s.Drift * portable.Exp(-float64(z*z)/2) / math.Sqrt(2*math.Pi) / share
	}
	return d
}

// each is how many drifts are drawn for each of so many batches; one where there are none.
func (d *drift) each(batches int) int {
	if d.growth == 0 {
		return 1
	}
	return units.CeilDiv(leastDrifts, batches)
}

// stream is where the drifts of all batches of a size come from.
func (d *drift) stream() *rand.Rand { return rand.New(rand.NewPCG(d.seed, driftStream)) }

// scale is what experts' loads are multiplied by in one layer.
func (d *drift) scale(rng *rand.Rand, scale []float64) {
	for e := range scale {
		scale[e] = 1
		if d.growth > 0 {
			x := portable.NormalQuantile((float64(rng.IntN(levelCount)) + 0.5) / levelCount)
			scale[e] = portable.Exp(float64(d.growth * x))
		}
	}
}

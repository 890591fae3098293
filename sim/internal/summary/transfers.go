package summary

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/metrics"
)

// Transfers sums up what went between pools in a finished run of some duration.
func Transfers(c *contract.Config, t *replica.Tally, duration units.Picoseconds) *contract.Transfers {
	mean := func(m *metrics.Moments) float64 { return m.Mean() / contract.PsPerMs }
	part := func(i int) float64 { return mean(&t.Parts[i]) }
	r := &contract.Transfers{
		Count: t.Time.Sum.Count, Bytes: t.Bytes, Time: contract.DistributionOf(t.Sketch(), &t.Time.Sum),
		ParkedMean: mean(&t.Parked),
		FirstToken: contract.TokenParts{
			QueueMean: part(replica.PartQueue), PrefillMean: part(replica.PartPrefill),
			DecodeQueueMean: part(replica.PartDecodeQueue), TransferMean: part(replica.PartTransfer),
			FirstStepMean: part(replica.PartFirstStep),
		},
	}
	if most := carried(c); most > 0 && duration > 0 {
		r.LinkUsage = float64(t.Bytes) / (most * float64(duration.Seconds()))
	}
	return r
}

// carried is the bytes a second that the links of the narrower side carry; 0 where one has no bound.
func carried(c *contract.Config) float64 {
	var sides [2]float64
	for _, p := range c.Pools() {
		side, links := 1, float64(p.Replicas*p.DP)
		if p.Role == contract.Prefill {
			side = 0
		}
		if p.Link == 0 {
			return 0
		}
		sides[side] += float64(links * float64(p.Link))
	}
	return min(sides[0], sides[1])
}

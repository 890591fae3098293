package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Context parallelism divides the tokens of prefill chunks over ranks that each hold the whole of a
// tensor-parallel rank's weights and cache. Before attention they gather the chunk's new keys and values,
// layer by layer, so that each rank attends its own queries to all keys; with the chunk cut into 2·CP pieces,
// of which rank i takes the i-th from either end, every rank has the same number of query-key pairs (the
// Llama 3 herd, arXiv:2407.21783, §3.3.2). Recurrent layers pass their state on from rank to rank, so that
// their cores gain nothing. Decoding runs on every rank alike.

// contextShare is one context rank's share of a load. It reads all the keys, and expands all of a latent
// cache (naive MLA).
func contextShare(l arch.Load, ranks int) arch.Load {
	if ranks == 1 || l.ChunkTokens == 0 {
		return l
	}
	own := units.CeilDiv(l.ChunkTokens, ranks)
	l.Earlier += int64(l.ChunkTokens - own)
	l.ChunkTokens = own
	for i, pairs := range l.ChunkPairs {
		l.ChunkPairs[i] = units.CeilDiv(pairs, int64(ranks))
	}
	return l
}

// kept is what layers of one kind keep of each token on one tensor-parallel rank, before it is quantised.
type kept struct {
	layers int
	bytes  units.Bytes
}

// cachesOf lists what context ranks exchange; nothing where there is only one.
func cachesOf(m *arch.Model, plan *arch.Plan) []kept {
	if plan.ContextRanks() == 1 {
		return nil
	}
	exchanged := plan.Precision
	exchanged.KV = units.BF16
	var list []kept
	for _, block := range m.Stack {
		if block.Mixer == nil {
			continue
		}
		c := kept{layers: block.Repeat}
		for _, tokens := range block.Mixer.State().Tokens {
			c.bytes += tokens.BytesPerRank(plan.TP, &exchanged)
		}
		list = append(list, c)
	}
	return list
}

// gatherTime is the time in which context ranks gather the new keys and values of all layers, for a rank's
// share of a load.
func (m *Model) gatherTime(share *arch.Load) units.Seconds {
	ranks := m.Plan.ContextRanks()
	var t units.Seconds
	for _, c := range m.caches {
		all := units.Bytes(share.ChunkTokens*ranks) * c.bytes
		// Neighbours in tensor parallelism come first: context ranks are TP GPUs apart.
		gather := m.Kernels.Collective.AllGather(m.Device, ranks, max(1, m.Plan.GPUsPerNode/m.Plan.TP), all)
		t += units.Seconds(units.Seconds(c.layers) * gather)
	}
	return t
}

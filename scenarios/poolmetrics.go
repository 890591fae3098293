package scenarios

import (
	"math"

	"github.com/roofserve/roofserve/sim"
)

// partMetrics describe prefill and decode pools, and what goes from one to the other. Only results of
// scenarios that have them do.
func partMetrics() []Definition {
	var list []Definition
	for _, role := range []sim.Role{sim.Prefill, sim.Decode} {
		add := func(key, title, unit, meaning string, of func(*sim.PoolResult) float64) {
			list = append(list, Definition{
				Key: role.String() + "_pools." + key, Title: title + " of " + role.String() + " pools", Unit: unit,
				Scope: OfReplica, Meaning: meaning + " of the " + role.String() + " pools.",
				table: poolTable.path, needs: needsCompletion,
				value: func(r *Run) float64 { return r.meanOf(role, of) },
			})
		}
		add("utilization", "busy share", "share", "Share of the time in which a replica runs any sequence,",
			func(p *sim.PoolResult) float64 { return p.Utilization })
		add("kv_cache_usage", "KV cache in use", "share", "Mean share of the cache blocks that are held on a replica",
			func(p *sim.PoolResult) float64 { return p.KVUsage.Mean })
		add("queue", "waiting", "requests", "Mean number of requests that wait at a replica",
			func(p *sim.PoolResult) float64 { return p.Waiting })
	}
	return append(append(list, transferMetrics...), tokenParts()...)
}

// meanOf is the mean over the replicas of a role's pools.
func (r *Run) meanOf(role sim.Role, of func(*sim.PoolResult) float64) float64 {
	sum, replicas := 0.0, 0.0
	for i, p := range r.Scenario.Pool {
		if p.Role == role.String() {
			n := float64(p.Replicas)
			sum += float64(n * of(r.poolResult(i)))
			replicas += n
		}
	}
	return sum / math.Max(1, replicas)
}

// poolResult is what the pool of a number gave.
func (r *Run) poolResult(i int) *sim.PoolResult {
	if i == 0 {
		return &r.Result.PoolResult
	}
	return &r.Result.Others[i-1]
}

// transferMetrics describe transfers.
var transferMetrics = []Definition{
	{
		Key: "kv_transfer.count", Title: "transfers", Unit: "requests", Scope: OfSystem,
		Meaning: "Requests whose cache went from a prefill to a decode replica.",
		table:   poolTable.path,
		value:   func(r *Run) float64 { return float64(r.Result.Transfers.Count) },
	}, {
		Key: "kv_transfer.bytes", Title: "transferred", Unit: "B", Scope: OfSystem,
		Meaning: "Size of all transfers.",
		table:   poolTable.path,
		value:   func(r *Run) float64 { return float64(r.Result.Transfers.Bytes) },
	}, {
		Key: "kv_transfer.mean_ms", Title: "time of a transfer, mean", Unit: "ms", Scope: OfSystem, Better: Lower,
		Meaning: "Mean time from the begin of a transfer until the decode side knows that it has ended.",
		table:   poolTable.path, needs: needsTransfer,
		value: func(r *Run) float64 { return r.Result.Transfers.Time.Mean },
	}, {
		Key: "kv_transfer.p99_ms", Title: "time of a transfer, p99", Unit: "ms", Scope: OfSystem, Better: Lower,
		Meaning: "99th percentile of the same.",
		table:   poolTable.path, needs: needsTransfer,
		value: func(r *Run) float64 { return r.Result.Transfers.Time.P99 },
	}, {
		Key: "kv_transfer.link_utilization", Title: "links in use", Unit: "share", Scope: OfSystem,
		Meaning: "Share of what the network ports of the side with the narrower ones could have carried in the duration.",
		table:   poolTable.path, needs: needsTransfer,
		value: func(r *Run) float64 { return r.Result.Transfers.LinkUsage },
	}, {
		Key: "kv_transfer.parked_ms", Title: "parked", Unit: "ms", Scope: OfSystem, Better: Lower,
		Meaning: "Mean time that a request holds blocks on the decode side before it runs there.",
		table:   poolTable.path, needs: needsTransfer,
		value: func(r *Run) float64 { return r.Result.Transfers.ParkedMean },
	},
}

// tokenParts are the parts of the time to the first token that a decode replica computes.
func tokenParts() []Definition {
	var list []Definition
	for _, part := range []struct {
		key, title, meaning string
		of                  func(*sim.TokenParts) float64
	}{
		{"queue", "queue for prefill", "until the first step of its prompt begins",
			func(p *sim.TokenParts) float64 { return p.QueueMean }},
		{"prefill", "prefill", "of its prompt's computation",
			func(p *sim.TokenParts) float64 { return p.PrefillMean }},
		{"transfer", "transfer", "of its transfer, from the prompt's end where that is later than its begin",
			func(p *sim.TokenParts) float64 { return p.TransferMean }},
		{"decode_queue", "queue for decode", "that it waits on the decode side, for blocks and for a place in the batch",
			func(p *sim.TokenParts) float64 { return p.DecodeQueueMean }},
		{"first_step", "first step", "until the decode side has computed its first token there",
			func(p *sim.TokenParts) float64 { return p.FirstStepMean }},
	} {
		list = append(list, Definition{
			Key: "ttft_breakdown." + part.key, Title: part.title, Unit: "ms", Scope: OfSystem, Better: Lower,
			Meaning: "Mean time of a transferred request " + part.meaning + ". The five parts add up to the time until " +
				"the decode side's first token: the client's first, or its second with `first_token` = `prefill`.",
			table: poolTable.path, needs: needsTransfer,
			value: func(r *Run) float64 { return part.of(&r.Result.Transfers.FirstToken) },
		})
	}
	return list
}

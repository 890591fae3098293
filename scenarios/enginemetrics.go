package scenarios

import "github.com/roofserve/roofserve/sim"

// level is a number that rises and falls during a run, with what stands in the definitions of its statistics.
type level struct {
	key, title, unit string
	scope            Scope
	meaning          string // as in "Mean over time of …"
	column           string // heads its mean in the tables of sweeps
	of               func(*sim.Result) sim.Levels
}

var levels = []level{
	{
		key: "concurrent_sequences", title: "running sequences", unit: "sequences", column: "running",
		scope: OfSystem,
		meaning: "the number of sequences that run at once in all replicas, those whose prompt is being computed " +
			"included",
		of: func(r *sim.Result) sim.Levels { return r.SystemSequences },
	}, {
		key: "kv_cache_usage", title: "KV cache in use", unit: "share", scope: OfSystem,
		meaning: "the share of all replicas' cache blocks that running sequences hold",
		of:      func(r *sim.Result) sim.Levels { return r.SystemKVUsage },
	}, {
		key: "replica_concurrent_sequences", title: "running sequences of a replica", unit: "sequences",
		scope:   OfReplica,
		meaning: "the number of sequences that one replica runs at once",
		of:      func(r *sim.Result) sim.Levels { return r.ConcurrentSequences },
	}, {
		key: "replica_kv_cache_usage", title: "KV cache in use of a replica", unit: "share", scope: OfReplica,
		meaning: "the share of one replica's cache blocks that running sequences hold",
		of:      func(r *sim.Result) sim.Levels { return r.KVUsage },
	},
}

// levelMetrics are the statistics of levels over time.
func levelMetrics() []Definition {
	var list []Definition
	for _, l := range levels {
		add := func(statistic, meaning, column string, of func(sim.Levels) float64) {
			list = append(list, Definition{
				Key: l.key + "." + statistic, Title: l.title + ", " + statistic, Unit: l.unit,
				Scope: l.scope, Column: column,
				Meaning: meaning + " of " + l.meaning + ".",
				needs:   needsCompletion,
				value:   func(r *Run) float64 { return of(l.of(r.Result)) },
			})
		}
		add("mean", "Mean over time", l.column, func(v sim.Levels) float64 { return v.Mean })
		add("p50", "Median over time", "", func(v sim.Levels) float64 { return v.P50 })
		add("p99", "99th percentile over time", "", func(v sim.Levels) float64 { return v.P99 })
		add("max", "Maximum", "", func(v sim.Levels) float64 { return v.Max })
	}
	return list
}

// engineMetrics say what the engines did.
var engineMetrics = []Definition{
	{
		Key: "preemptions", Title: "preemptions", Unit: "preemptions", Scope: OfSystem, Better: Lower,
		Meaning: "How often a running sequence had to give up its cache blocks to others, " +
			"to wait and be computed again.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.Result.Preemptions) },
	}, {
		Key: "prefix_cache.hit_rate", Title: "prompt tokens found in the prefix cache", Unit: "share",
		Scope: OfSystem, Better: Higher,
		Meaning: "Share of the prompt tokens that the prefix cache held when their request was scheduled for " +
			"the first time.",
		needs: needsPrompt,
		value: func(r *Run) float64 { return share(r.Result.Prefix.HitTokens, r.Result.Prefix.Tokens) },
	}, {
		Key: "prefix_cache.block_hit_rate", Title: "prompt blocks found in the prefix cache", Unit: "share",
		Scope: OfSystem, Better: Higher,
		Meaning: "Share of the blocks filled by prompts that the prefix cache held when their request was " +
			"scheduled for the first time.",
		needs: needsBlock,
		value: func(r *Run) float64 { return share(r.Result.Prefix.HitBlocks, r.Result.Prefix.Blocks) },
	}, {
		Key: "prefix_cache.output_tokens_hit", Title: "answers found in the prefix cache", Unit: "tokens",
		Scope: OfSystem, table: ofSessions,
		Meaning: "Prompt tokens that the prefix cache held when their request was scheduled for the first time, " +
			"and that were answers to earlier requests of its session.",
		needs: needsPrompt,
		value: func(r *Run) float64 { return float64(r.AnswerHits) },
	}, {
		Key: "queue.at_half", Title: "waiting at half", Unit: "requests", Scope: OfSystem, Better: Lower,
		Meaning: "Requests that the middle one of all arrivals found waiting, preempted ones included; " +
			"a sum over replicas, each of which has a middle one of its own.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.Result.QueueHalf) },
	}, {
		Key: "queue.at_end", Title: "waiting at the end", Unit: "requests",
		Scope: OfSystem, Better: Lower, Column: "waiting at end",
		Meaning: "Requests that the last arrival found waiting, counted likewise: " +
			"many more than at half mean an overload.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.Result.QueueEnd) },
	}, {
		Key: "max_context", Title: "longest context", Unit: "tokens", Scope: OfSystem,
		Meaning: "Prompt and output tokens of the longest completed request.",
		needs:   needsCompletion,
		value:   func(r *Run) float64 { return float64(r.Result.MaxContext) },
	}, {
		Key: "steps", Title: "engine steps", Unit: "steps", Scope: OfSystem,
		Meaning: "Steps of all replicas' engines, in each of which every rank of a replica computes a batch, " +
			"or one for each pipeline stage.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.Result.Steps) },
	}, {
		Key: "steps_by_step", Title: "steps simulated one by one", Unit: "steps", Scope: OfSystem,
		Meaning: "Decode steps that the simulator could not take several at a time, because the scheduler " +
			"might have decided otherwise after any of them.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.Result.ByStep) },
	}, {
		Key: "sketch_error", Title: "error of percentiles", Unit: "share", Scope: OfSystem, Better: Lower,
		Meaning: "Bound on the relative error of the medians and percentiles of a latency that was observed " +
			"more than 8,192 times; those of fewer observations have none.",
		value: func(r *Run) float64 { return r.Result.SketchError },
	},
}

// share is a part of a whole; none of nothing.
func share(part, whole int64) float64 { return float64(part) / float64(max(1, whole)) }

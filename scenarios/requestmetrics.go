package scenarios

// requestMetrics say what was served, and how fast. Those of the warm-up count, as the duration includes it.
var requestMetrics = []Definition{
	{
		Key: "completed", Title: "completed requests", Unit: "requests", Scope: OfSystem, Better: Higher,
		Meaning: "Requests that were answered to the last token.",
		value:   func(r *Run) float64 { return float64(r.Result.Completed) },
	}, {
		Key: "failed", Title: "failed requests", Unit: "requests", Scope: OfSystem, Better: Lower,
		Meaning: "Requests that were refused because they can never run: longer than `max_model_len`, " +
			"than the whole cache, or than a step of TensorRT-LLM's where it does not cut prompts.",
		value: func(r *Run) float64 { return float64(r.Result.Failed) },
	}, {
		Key: "num_prompts", Title: "requests", Unit: "requests", Scope: OfSystem,
		Meaning: "All requests that were sent: completed, failed, and those that a gateway rejected or gave up.",
		value:   func(r *Run) float64 { return float64(r.Result.Requests()) },
	}, {
		Key: "total_input_tokens", Title: "prompt tokens", Unit: "tokens", Scope: OfSystem,
		Meaning: "Prompt tokens of the completed requests, those found in the prefix cache included.",
		value:   func(r *Run) float64 { return float64(r.Result.InputTokens) },
	}, {
		Key: "total_output_tokens", Title: "output tokens", Unit: "tokens", Scope: OfSystem,
		Meaning: "Output tokens of the completed requests.",
		value:   func(r *Run) float64 { return float64(r.Result.OutputTokens) },
	}, {
		Key: "duration", Title: "duration", Unit: "s", Scope: OfSystem, Better: Lower,
		Meaning: "Simulated time from the start of the workload until a client has the last token of all.",
		needs:   needsCompletion, value: (*Run).seconds,
	}, {
		Key: "request_throughput", Title: "request throughput", Unit: "requests/s",
		Scope: OfSystem, Better: Higher,
		Meaning: "Completed requests divided by the duration.",
		needs:   needsCompletion,
		value:   func(r *Run) float64 { return float64(r.Result.Completed) / r.seconds() },
	}, {
		Key: "input_throughput", Title: "input throughput", Unit: "tokens/s", Scope: OfSystem, Better: Higher,
		Meaning: "Prompt tokens of the completed requests divided by the duration.",
		needs:   needsCompletion,
		value:   func(r *Run) float64 { return float64(r.Result.InputTokens) / r.seconds() },
	}, {
		Key: "output_throughput", Title: "output throughput", Unit: "tokens/s",
		Scope: OfSystem, Better: Higher, Column: "output tok/s",
		Meaning: "Output tokens of the completed requests divided by the duration.",
		needs:   needsCompletion,
		value:   func(r *Run) float64 { return float64(r.Result.OutputTokens) / r.seconds() },
	}, {
		Key: "total_token_throughput", Title: "total throughput", Unit: "tokens/s",
		Scope: OfSystem, Better: Higher,
		Meaning: "Prompt and output tokens of the completed requests divided by the duration.",
		needs:   needsCompletion,
		value: func(r *Run) float64 {
			return (float64(r.Result.InputTokens) + float64(r.Result.OutputTokens)) / r.seconds()
		},
	}, {
		Key: "concurrency", Title: "requests in the system", Unit: "requests", Scope: OfSystem,
		Meaning: "Mean number of requests that wait or run, which by Little's law is the sum of all " +
			"end-to-end latencies divided by the duration.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return r.residence() / r.seconds() },
	}, {
		Key: Goodput, Title: "goodput", Unit: "requests/s", Scope: OfSystem, Better: Higher, table: "slo",
		Meaning: "Completed requests that met every limit of the scenario's `[slo]`, divided by the duration; " +
			"null without limits.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.Good) / r.seconds() },
	},
}

func (r *Run) seconds() float64 { return float64(r.Result.Duration.Seconds()) }

// residence is the seconds that all requests spent in the system.
func (r *Run) residence() float64 {
	all := &r.Result.E2E
	return float64(all.Mean/1e3*float64(all.Count)) + r.Result.WarmupE2E/1e3
}

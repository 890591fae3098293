package workloads

// vidur is the processed traces of the Vidur simulator, seconds. github.com/microsoft/vidur,
// data/processed_traces.
var vidur = csvFormat("Vidur (CSV)",
	Columns{Arrival: "arrived_at", Input: "num_prefill_tokens", Output: "num_decode_tokens"},
	func() clock { return timeUnits["s"] })

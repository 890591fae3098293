package workloads

// mooncake is the traces of Mooncake (FAST'25): milliseconds, and for each 512 tokens of the prompt an id
// that is equal where all content up to there is. github.com/kvcache-ai/Mooncake, FAST25-release/traces.
var mooncake = jsonlFormat("Mooncake (JSONL)",
	Columns{Arrival: "timestamp", Input: "input_length", Output: "output_length"}, "hash_ids", 512, timeUnits["ms"])

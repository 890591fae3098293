package workloads

// mooncake is the traces of Mooncake (FAST'25), conversations, tools and agents, or synthetic: milliseconds,
// and for each 512 tokens of the prompt an id that is equal where all content up to there is. Others write
// the same keys with blocks of another size, which the first row tells, or without ids.
var mooncake = format{
	name:   "Mooncake",
	about:  "milliseconds, lengths, and an id for each block of the prompt that stands for all content up to there",
	source: "github.com/kvcache-ai/Mooncake, FAST25-release/traces",
	open: func(first *head) rows {
		columns := roleNames{roleArrival: "timestamp", roleInput: "input_length", roleOutput: "output_length"}
		if first.object["hash_ids"] == nil {
			return openTable(first, columns, timeUnits["ms"])
		}
		columns[roleBlocks] = "hash_ids"
		return openBlocks(first, columns, mooncakeBlock, timeUnits["ms"])
	},
}

// mooncakeBlock is the tokens of a block in the published traces.
const mooncakeBlock = 512

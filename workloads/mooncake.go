package workloads

import (
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
)

// mooncake is the traces of Mooncake (FAST'25), conversations, tools and agents, or synthetic: milliseconds,
// and for each 512 tokens of the prompt an id that is equal where all content up to there is. Others write
// the same keys with blocks of another size, which the first row tells, or without ids.
var mooncake = format{
	name:   "Mooncake",
	about:  "milliseconds (or an epoch in s or smaller units), lengths, and an id for each block of the prompt that stands for all content up to there",
	source: "github.com/kvcache-ai/Mooncake, FAST25-release/traces",
	open: func(first *head) rows {
		columns := roleNames{roleArrival: "timestamp", roleInput: "input_length", roleOutput: "output_length"}
		if first.object["hash_ids"] == nil {
			return openTable(first, columns, &epochs{})
		}
		columns[roleBlocks] = "hash_ids"
		return openBlocks(first, columns, mooncakeBlock, &epochs{})
	},
}

// mooncakeBlock is the tokens of a block in the published traces.
const mooncakeBlock = 512

// writeMooncake writes Mooncake's traces. Turns name their session, and come delay ms after the answer
// before. What is known of answers' contents is lost.
var writeMooncake = writer{
	name: "mooncake",
	head: func(written) string { return "" },
	append: func(line []byte, r *Request, what written) ([]byte, *mistake) {
		const milli = second / 1000
		if line = append(line, '{'); r.Follows {
			line = appendTime(append(line, `"delay":`...), r.Gap, milli)
		} else {
			line = appendTime(append(line, `"timestamp":`...), r.Arrival, milli)
		}
		line = appendField(appendField(line, `,"input_length":`, r.Input), `,"output_length":`, r.Output)
		if r.Blocks != nil {
			line = appendIDs(append(line, `,"hash_ids":`...), promptIDs(r, what.tokens))
		}
		if r.Session != 0 {
			line = strconv.AppendUint(append(line, `,"session_id":"`...), r.Session, 16)
			line = append(line, '"')
		}
		return append(line, '}'), nil
	},
}

// promptIDs are the content ids of a prompt alone, one for each block that it begins.
func promptIDs(r *Request, tokens int) []uint64 {
	if !r.Beyond {
		return r.Blocks
	}
	begun := units.CeilDiv(r.Input, tokens)
	if begun <= len(r.Blocks) {
		return r.Blocks[:begun]
	}
	rest := mix(uint64(r.Input), mix(r.Session, uint64(r.Output))) // a block that nobody else fills
	return append(slices.Clone(r.Blocks), rest)
}

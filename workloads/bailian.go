package workloads

// bailian is Alibaba's Bailian traces of Qwen: seconds, the chat that a request goes on with, and an id for
// each 16 tokens of the prompt, which is a hash of those tokens alone.
var bailian = format{
	name:   "Bailian",
	about:  "seconds, lengths, the earlier request that one goes on with, and an id for each 16 tokens of the prompt",
	source: "github.com/alibaba-edu/qwen-bailian-usagetraces-anon, README",
	open: func(first *head) rows {
		if first.object["chat_id"] == nil || first.object["parent_chat_id"] == nil {
			return nil
		}
		rows := openBlocks(first, roleNames{roleArrival: "timestamp", roleInput: "input_length",
			roleOutput: "output_length", roleBlocks: "hash_ids"}, bailianBlock, timeUnits["s"])
		if rows == nil {
			return nil
		}
		rows.(*jsonRows).chained = true
		return rows
	},
}

// bailianBlock is the tokens of a block ("blksz_16" in the files' names).
const bailianBlock = 16

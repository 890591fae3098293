package workloads

import "github.com/roofserve/roofserve/internal/hash"

// bailian is Alibaba's Bailian traces of Qwen: seconds, the chat that a request goes on with, and an id for
// each 16 tokens of the prompt, which is a hash of those tokens alone.
var bailian = format{
	name: "Bailian",
	about: "seconds, lengths, the request that one goes on with, by which it is of the same session, and an id for " +
		"each 16 tokens of the prompt",
	source: "github.com/alibaba-edu/qwen-bailian-usagetraces-anon, README",
	open: func(first *head) rows {
		if columns := columnNames(first); first.object == nil && indexOf(columns, "chat_id") >= 0 &&
			indexOf(columns, "parent_chat_id") >= 0 { // as a table, which holds no lists of ids
			return openTable(first, roleNames{roleArrival: "timestamp", roleInput: "input_length",
				roleOutput: "output_length"}, timeUnits["s"])
		}
		opened := openBlocks(first, roleNames{roleArrival: "timestamp", roleInput: "input_length",
			roleOutput: "output_length", roleBlocks: "hash_ids", roleSession: "chat_id", roleParent: "parent_chat_id"},
			bailianBlock, timeUnits["s"])
		rows, is := opened.(*jsonRows)
		if !is || first.object["chat_id"] == nil || first.object["parent_chat_id"] == nil {
			return nil
		}
		rows.chained, rows.chats = true, chats{}
		return rows
	},
}

// bailianBlock is the tokens of a block ("blksz_16" in the files' names).
const bailianBlock = 16

// chats are the sessions of requests that name the one that they go on with, by the requests' names.
type chats map[uint64]uint64

// maxChats is how many are remembered: 100 MB. Of those that are beyond, each is a session of its own.
const maxChats = 2_000_000

// noParent is the name of the request that the first of a session goes on with.
var noParent = hash.Name("-1")

// root is the session of a request: that of the one that it goes on with.
func (c chats) root(chat, parent uint64) uint64 {
	of := chat
	if earlier, known := c[parent]; known && parent != noParent {
		of = earlier
	}
	if len(c) < maxChats {
		c[chat] = of
	}
	return of
}

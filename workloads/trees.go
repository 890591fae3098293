package workloads

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// trees is OpenAssistant's trees of messages, a tree a record. Of several replies to a message the best
// counts.
var trees = format{
	name: "trees of messages (OpenAssistant)",
	about: "`prompt` with `replies` to it and to them, a tree each: of several replies the best by its `rank`, or the first; an answer is a " +
		"request, and follows the answer before it; tokens by a table of characters, ids of their content",
	source: "huggingface.co/datasets/OpenAssistant/oasst1",
	turns:  true,
	open: func(first *head) rows {
		var tree messageTree
		if first.object["prompt"] == nil || json.Unmarshal(first.text, &tree) != nil || tree.Prompt == nil ||
			len(tree.Prompt.Replies) == 0 {
			return nil
		}
		return &treeRows{}
	},
}

type messageTree struct {
	Prompt *node `json:"prompt"`
}

// node is a message with those that answer it.
type node struct {
	Role    string   `json:"role"`
	Text    string   `json:"text"`
	Rank    *float64 `json:"rank"`
	Replies []*node  `json:"replies"`
}

// treeRows reads them.
type treeRows struct{ conversationRows }

// expand implements several.
func (t *treeRows) expand(record []byte) *mistake {
	t.begin()
	var tree messageTree
	if err := json.Unmarshal(record, &tree); err != nil {
		return &mistake{"", "is not a tree of messages: " + oneLine(err), "write one object for each tree"}
	}
	var said []message
	for at := tree.Prompt; at != nil; {
		said = append(said, message{Role: at.Role, Value: at.Text})
		var best *node
		for _, reply := range at.Replies {
			if reply != nil && (best == nil || betterRank(reply.Rank, best.Rank)) {
				best = reply
			}
		}
		at = best
	}
	if t.say(said, 0); len(t.turns) == 0 {
		t.empty++
	}
	return nil
}

// betterRank tells whether the first of two replies is ranked before the second.
func betterRank(a, b *float64) bool { return a != nil && (b == nil || *a < *b) }

// messageTrees is the same trees a message a record, which names the one that it answers.
var messageTrees = format{
	name:   "messages of trees (OpenAssistant)",
	about:  "`message_id`, `parent_id`, `role`, `text`, in any order: as the trees that they make",
	source: trees.source,
	turns:  true,
	open: func(first *head) rows {
		var m treeMessage
		if first.object["message_id"] == nil || first.object["parent_id"] == nil || first.object["text"] == nil ||
			json.Unmarshal(first.text, &m) != nil || m.Role == "" {
			return nil
		}
		return &messageRows{byID: map[string]*treeMessage{}}
	},
}

// treeMessage is a message, of which those are kept that say how long it is and what it says.
type treeMessage struct {
	ID     string   `json:"message_id"`
	Parent *string  `json:"parent_id"`
	Role   string   `json:"role"`
	Text   string   `json:"text"`
	Rank   *float64 `json:"rank"`

	line    int
	pieces  []piece
	tokens  int
	replies []*treeMessage
}

// messageRows holds them until all are there.
type messageRows struct {
	textTokens
	book
	all    []*treeMessage
	byID   map[string]*treeMessage
	pieces int
}

func (*messageRows) column(role int) string {
	return [roles]string{roleInput: "text", roleOutput: "text"}[role]
}

// chunk implements chunked.
func (*messageRows) chunk() int { return contentTokens }

// use implements texts.
func (m *messageRows) use(t textTokens) { m.textTokens = t }

// read implements rows; it is not asked where group is.
func (*messageRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// group implements grouped.
func (m *messageRows) group(record []byte, line int) *mistake {
	one := &treeMessage{line: line}
	if err := json.Unmarshal(record, one); err != nil || one.ID == "" {
		return &mistake{"message_id", "is not of a message: " + oneLine(err), "write one object for each message"}
	}
	var c content
	one.tokens = m.append(&c, one.Text)
	if (&message{Role: one.Role}).isAnswer() {
		one.pieces = nil
	} else {
		one.pieces = piecesOf(&c)
	}
	one.Text = ""
	m.all = append(m.all, one)
	m.byID[one.ID] = one
	if m.pieces += len(one.pieces); len(m.all) > maxTurns || m.pieces > maxPieces {
		return &mistake{"", fmt.Sprintf("is beyond the first %d messages or %d pieces of content, which are put together in memory", maxTurns, maxPieces), "cut the file"}
	}
	return nil
}

// arrange implements grouped: it makes the trees, and of each a session.
func (m *messageRows) arrange() *mistake {
	for _, one := range m.all {
		if one.Parent != nil && m.byID[*one.Parent] != nil && m.byID[*one.Parent] != one {
			parent := m.byID[*one.Parent]
			parent.replies = append(parent.replies, one)
		}
	}
	for _, one := range m.all {
		if one.Parent == nil {
			if wrong := m.session(one); wrong != nil {
				return wrong
			}
		}
	}
	m.all, m.byID = nil, nil
	return m.book.arrange()
}

// session adds the requests along the best replies.
func (m *messageRows) session(at *treeMessage) *mistake {
	t := m.thread("")
	var prompt []piece
	for at != nil {
		if at.pieces != nil {
			prompt = append(prompt, at.pieces...)
		} else if len(prompt) > 0 && at.tokens > 0 {
			turn := bookTurn{line: at.line, output: at.tokens, prompt: prompt, grows: t.last != nil}
			if wrong := m.add(t, nil, turn); wrong != nil {
				return wrong
			}
			prompt = nil
		}
		replies := at.replies
		at.replies = nil // no message is met again
		slices.SortStableFunc(replies, func(a, b *treeMessage) int {
			return cmp.Compare(rankOf(a.Rank), rankOf(b.Rank))
		})
		if at = nil; len(replies) > 0 {
			at = replies[0]
		}
	}
	return nil
}

// rankOf is a reply's rank; those without one come last.
func rankOf(rank *float64) float64 {
	if rank == nil {
		return maxTurns
	}
	return *rank
}

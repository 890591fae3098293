package workloads

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/hash"
)

// spokenTrace is Mooncake's keys with prompts as text instead of their lengths, as AIPerf takes them: all
// messages of a call, or those alone that a turn adds, or one text.
var spokenTrace = format{
	name: "Mooncake with texts (AIPerf), LMCache's agents",
	about: "`messages` or `input`, or a prompt as `text_input`, and `output_length`, with `timestamp`, or `session_id` and the `delay` after " +
		"the answer before, in ms, or `pre_gap` in s; messages are a call's all, or with `message_mode` \"delta\" what a turn adds; tokens by a table of characters",
	source: "github.com/ai-dynamo/aiperf, docs/benchmark-modes/trace-replay.md; huggingface.co/datasets/sammshen/lmcache-agentic-traces",
	turns:  true,
	open: func(first *head) rows {
		o := first.object
		var row spokenRow
		paced := o["delay"] != nil || o["message_mode"] != nil || o["pre_gap"] != nil
		if o["timestamp"] == nil && (o["session_id"] == nil || !paced) ||
			o["messages"] == nil && o["text_input"] == nil && o["input"] == nil || o["input_length"] != nil ||
			json.Unmarshal(first.text, &row) != nil || row.Output == nil {
			return nil
		}
		return &spokenRows{timed: o["timestamp"] != nil}
	},
}

// spokenRows reads them into a book.
type spokenRows struct {
	textTokens
	book
	timed bool
}

// spokenRow is a call as it stands in the file.
type spokenRow struct {
	Session   json.RawMessage `json:"session_id"`
	Messages  []message       `json:"messages"`
	Input     []message       `json:"input"` // LMCache
	PreGap    *float64        `json:"pre_gap"`
	Text      string          `json:"text_input"`
	Mode      string          `json:"message_mode"`
	Output    *float64        `json:"output_length"`
	Timestamp *float64        `json:"timestamp"`
	Delay     *float64        `json:"delay"`
}

func (s *spokenRows) column(role int) string {
	names := [roles]string{roleInput: "messages", roleOutput: "output_length"}
	if s.timed {
		names[roleArrival] = "timestamp"
	}
	return names[role]
}

// chunk implements chunked.
func (*spokenRows) chunk() int { return contentTokens }

// use implements texts.
func (s *spokenRows) use(t textTokens) { s.textTokens = t }

// read implements rows; it is not asked where group is.
func (*spokenRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// group implements grouped.
func (s *spokenRows) group(record []byte, line int) *mistake {
	var row spokenRow
	if err := json.Unmarshal(record, &row); err != nil {
		return &mistake{"", "is not a call: " + oneLine(err), "write one object a line"}
	}
	output, wrong := tokenCount(row.Output, nil, "output_length", 0)
	if wrong != nil {
		return wrong
	}
	t := s.thread(string(row.Session))
	turn := bookTurn{line: line, output: max(1, output), prompt: s.pieces(&row)}
	if len(turn.prompt) == 0 {
		return &mistake{"messages", "say nothing", "give every call a prompt"}
	}
	turn.grows = row.Mode == "delta" && t.last != nil
	delay := row.Delay
	if delay == nil && row.PreGap != nil {
		ms := 1e3 * *row.PreGap
		delay = &ms
	}
	at, wrong := turn.when(delay, row.Timestamp, t.last != nil)
	if wrong != nil {
		return wrong
	}
	if at == nil && t.last == nil && s.timed {
		return &mistake{"timestamp", "is missing", fmt.Sprintf("say when session %.40s begins", row.Session)}
	}
	return s.add(t, at, turn)
}

// pieces are those of what is said: of equal content where they are equal, and all before them.
func (s *spokenRows) pieces(row *spokenRow) []piece {
	var c content
	s.append(&c, row.Text)
	for _, list := range [][]message{row.Messages, row.Input} {
		for i := range list {
			s.append(&c, list[i].text())
		}
	}
	return piecesOf(&c)
}

// piecesOf are the blocks of a content, and what remains of it.
func piecesOf(c *content) []piece {
	var list []piece
	for _, id := range slices.All(c.ids) {
		list = append(list, piece{id: id, tokens: contentTokens})
	}
	if rest := c.tokens % contentTokens; rest > 0 {
		list = append(list, piece{id: mix(hash.Name("rest"), c.state), tokens: rest})
	}
	return list
}

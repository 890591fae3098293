package workloads

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/hash"
)

// sessionTrace is Mooncake's keys with sessions, as Dynamo's replay and AIPerf take them, ms. A turn names
// its session, and comes delay after the answer before it or at its timestamp. Its prompt is the whole
// context where its ids begin as those of the turn before (Dynamo's mocker), and else what the turn adds to
// the context and its last answer (AIPerf).
var sessionTrace = format{
	name: "sessions (Dynamo, AIPerf)",
	about: "`session_id`, lengths, `hash_ids`, and `timestamp` or the `delay` after the answer before, in ms; prompts " +
		"whole, or what each turn adds",
	source: "github.com/ai-dynamo/dynamo, lib/mocker/src/loadgen/trace.rs; github.com/ai-dynamo/aiperf, " +
		"docs/tutorials/agentic-code-generator.md",
	turns: true,
	open: func(first *head) rows {
		o := first.object
		length := o["input_length"] != nil || o["input_tokens"] != nil
		if o["session_id"] == nil || !length {
			return nil
		}
		return &sessionRows{timed: o["timestamp"] != nil,
			tokens: blockSize(or(o["input_length"], o["input_tokens"]), o["hash_ids"], mooncakeBlock)}
	},
}

func or(a, b json.RawMessage) json.RawMessage {
	if a != nil {
		return a
	}
	return b
}

// sessionRows reads them into a book.
type sessionRows struct {
	book
	tokens int // of one of hash_ids
	timed  bool
}

// sessionRow is a row as it stands in the file.
type sessionRow struct {
	Session   json.RawMessage `json:"session_id"`
	Input     *float64        `json:"input_length"`
	Output    *float64        `json:"output_length"`
	InputAs   *float64        `json:"input_tokens"`
	OutputAs  *float64        `json:"output_tokens"`
	Timestamp *float64        `json:"timestamp"`
	Delay     *float64        `json:"delay"`
	DelayAs   *float64        `json:"delay_ms"`
	IDs       []uint64        `json:"hash_ids"`
}

func (s *sessionRows) column(role int) string {
	names := [roles]string{roleInput: "input_length", roleOutput: "output_length", roleBlocks: "hash_ids"}
	if s.timed {
		names[roleArrival] = "timestamp"
	}
	return names[role]
}

// chunk implements chunked.
func (s *sessionRows) chunk() int { return contentTokens }

// read implements rows; it is not asked where group is.
func (s *sessionRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// group implements grouped.
func (s *sessionRows) group(record []byte, line int) *mistake {
	var row sessionRow
	if err := json.Unmarshal(record, &row); err != nil {
		return &mistake{"", "is not a turn of a session: " + oneLine(err), "write one object a line"}
	}
	input, wrong := tokenCount(row.Input, row.InputAs, "input_length", 1)
	if wrong != nil {
		return wrong
	}
	output, wrong := tokenCount(row.Output, row.OutputAs, "output_length", 0)
	if wrong != nil {
		return wrong
	}
	t := s.thread(string(row.Session))
	turn := bookTurn{line: line, output: max(1, output)}
	if turn.prompt, wrong = s.pieces(t, row.IDs, input); wrong != nil {
		return wrong
	}
	turn.grows = t.last != nil && !s.isWhole(t.last, &turn, input)
	at, wrong := turn.when(either(row.Delay, row.DelayAs), row.Timestamp, t.last != nil)
	if wrong != nil {
		return wrong
	}
	return s.add(t, at, turn)
}

// when is the time at which a turn arrives; nil where it has none, or comes a delay after an answer, in ms as
// both.
func (b *bookTurn) when(delay, timestamp *float64, follows bool) (at *instant, wrong *mistake) {
	gap, wrong := milliseconds(delay, "delay")
	if wrong != nil {
		return nil, wrong
	}
	at, wrong = milliseconds(timestamp, "timestamp")
	if wrong == nil && gap != nil && follows {
		b.gap, at = *gap, nil
	}
	return at, wrong
}

func either(a, b *float64) *float64 {
	if a != nil {
		return a
	}
	return b
}

// pieces are those of a prompt of so many tokens: one for each id, and one of its own for what has none.
func (s *sessionRows) pieces(t *thread, ids []uint64, input int) ([]piece, *mistake) {
	if most := units.CeilDiv(input, s.tokens); len(ids) > most {
		return nil, &mistake{"hash_ids", fmt.Sprintf("%d ids for %d prompt tokens", len(ids), input),
			fmt.Sprintf("give one for each %d tokens", s.tokens)}
	}
	var list []piece
	for _, id := range ids {
		n := min(input, s.tokens)
		list = append(list, piece{id: id, tokens: n})
		input -= n
	}
	if input > 0 {
		own := mix(hash.Name("prompt"), mix(t.number, uint64(s.turns)))
		list = append(list, piece{id: own, tokens: input})
	}
	return list, nil
}

// isWhole tells whether a prompt of so many tokens is all of a session's context, rather than what comes
// after the turn before.
func (s *sessionRows) isWhole(before, turn *bookTurn, input int) bool {
	if before.prompt[0].id == turn.prompt[0].id {
		return true
	}
	known := 0
	for _, p := range before.prompt {
		known += p.tokens
	}
	// a block that was partly filled has another id when it is full
	return len(before.prompt) == 1 && known < s.tokens && !before.grows && input >= known+before.output
}

// tokenCount is a count under either of its names, at least so large.
func tokenCount(a, b *float64, name string, least float64) (int, *mistake) {
	v := either(a, b)
	switch {
	case v == nil:
		return 0, &mistake{name, "is missing", "give every row this key"}
	case *v != math.Trunc(*v) || *v < least || *v > MaxTokens:
		return 0, &mistake{name, fmt.Sprintf("%g is no number of tokens", *v), fmt.Sprintf("use a whole number from %g to %d", least, MaxTokens)}
	}
	return int(*v), nil
}

// milliseconds is a time of at least 0; nil where there is none.
func milliseconds(v *float64, name string) (*instant, *mistake) {
	if v == nil {
		return nil, nil
	}
	if !(*v >= 0 && *v < 1e15) {
		return nil, &mistake{name, fmt.Sprintf("%g is not a believable time", *v), "use a number of milliseconds from 0"}
	}
	whole := math.Floor(*v / 1000)
	rest := *v - float64(whole*1000)
	return &instant{int64(whole), int64(math.Round(float64(rest*1e6))) * 1000}, nil // to the nanosecond
}

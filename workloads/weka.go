package workloads

import (
	"encoding/json"
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/hash"
)

// weka is the traces of agents at work that WEKA's KV cache tester collects: a document for each
// conversation, with its requests and those of its subagents, which arrive when they did.
var weka = format{
	name:   "WEKA agent traces",
	about:  "`requests` of a conversation and of its subagents: `t` in s, `in`, `out`, `hash_ids` of `block_size` tokens",
	source: "github.com/callanjfox/kv-cache-tester, docs/trace_replay_tester.md",
	open: func(first *head) rows {
		var d wekaDocument
		if first.object["requests"] == nil || json.Unmarshal(first.text, &d) != nil || len(d.Requests) == 0 ||
			d.Block < 1 {
			return nil
		}
		return &wekaRows{}
	},
}

type wekaDocument struct {
	Block    int           `json:"block_size"`
	Scope    string        `json:"hash_id_scope"`
	Requests []wekaRequest `json:"requests"`
}

type wekaRequest struct {
	At       *float64      `json:"t"`
	Input    *float64      `json:"in"`
	Output   *float64      `json:"out"`
	IDs      []uint64      `json:"hash_ids"`
	Requests []wekaRequest `json:"requests"` // of a subagent
}

// wekaRows reads them into a book.
type wekaRows struct {
	book
	documents uint64
}

func (w *wekaRows) column(role int) string {
	return [roles]string{roleArrival: "t", roleInput: "in", roleOutput: "out", roleBlocks: "hash_ids"}[role]
}

// chunk implements chunked.
func (w *wekaRows) chunk() int { return contentTokens }

// read implements rows; it is not asked where group is.
func (w *wekaRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// group implements grouped.
func (w *wekaRows) group(record []byte, line int) *mistake {
	var d wekaDocument
	if err := json.Unmarshal(record, &d); err != nil {
		return &mistake{"", "is not a conversation: " + oneLine(err), "write one object for each conversation"}
	}
	if d.Block < 1 || d.Block > MaxTokens {
		return &mistake{"block_size", "is no number of tokens", "use a whole number from 1"}
	}
	w.documents++
	salt := uint64(0)
	if d.Scope != "global" { // ids of other conversations mean other content
		salt = mix(hash.Name("conversation"), w.documents)
	}
	return w.requests(&d, d.Requests, salt, line)
}

// requests adds those of a conversation or a subagent, each at its own time.
func (w *wekaRows) requests(d *wekaDocument, list []wekaRequest, salt uint64, line int) *mistake {
	t := w.thread("")
	for i := range list {
		q := &list[i]
		if len(q.Requests) > 0 {
			if wrong := w.requests(d, q.Requests, salt, line); wrong != nil {
				return wrong
			}
		}
		if q.Input == nil || q.Output == nil {
			continue // a subagent's mark
		}
		if wrong := w.request(t, d.Block, q, salt, line); wrong != nil {
			return wrong
		}
	}
	return nil
}

func (w *wekaRows) request(t *thread, block int, q *wekaRequest, salt uint64, line int) *mistake {
	input, wrong := tokenCount(q.Input, nil, "in", 1)
	if wrong != nil {
		return wrong
	}
	output, wrong := tokenCount(q.Output, nil, "out", 0)
	if wrong != nil {
		return wrong
	}
	seconds := 0.0
	if q.At != nil {
		seconds = math.Round(float64(*q.At*1e9)) / 1e6
	}
	at, wrong := milliseconds(&seconds, "t")
	if wrong != nil {
		return wrong
	}
	turn := bookTurn{line: line, output: max(1, output)}
	left := input
	for _, id := range q.IDs[:min(len(q.IDs), units.CeilDiv(input, block))] {
		n := min(left, block)
		turn.prompt = append(turn.prompt, piece{id: mix(salt, id), tokens: n})
		left -= n
	}
	if left > 0 {
		turn.prompt = append(turn.prompt, piece{id: mix(salt, mix(t.number, uint64(w.turns))), tokens: left})
	}
	return w.add(t, at, turn)
}

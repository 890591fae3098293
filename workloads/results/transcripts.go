package results

import (
	"bytes"
	"encoding/json"
	"math"
)

// transcripts is the sessions that Claude Code keeps: a line for each thing said, the answers with the tokens
// that were counted for them. A call begins when what it answers is written down, and ends with the last of
// its answer's pieces.
var transcripts = Format{
	Name: "transcripts of Claude Code",
	About: "`~/.claude/projects/…/….jsonl`: calls with their `usage`, that read from and written to the cache included; each begins at the line " +
		"before it",
	Source: "docs.claude.com, Claude Code, data usage; github.com/anthropics/claude-code",
	begins: func(h *head) bool {
		return !h.array && (h.has("parentUuid", "sessionId") || h.has("leafUuid", "type") || h.has("snapshot", "messageId")) &&
			bytes.Contains(h.text, []byte(`"uuid"`))
	},
	read: func(d *document) error {
		r := d.run()
		t := transcript{last: math.NaN()}
		for d.Peek() != 0 {
			line := d.Line()
			raw, err := d.Raw(maxRecord)
			if err != nil {
				return err
			}
			var said saying
			if json.Unmarshal(raw, &said) != nil {
				continue // of a kind that nobody described
			}
			if err := t.add(d, r, &said, line); err != nil {
				return err
			}
		}
		return t.end(d, r)
	},
}

// saying is a line of a transcript.
type saying struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Message   struct {
		ID    string `json:"id"`
		Model string `json:"model"`
		Usage *struct {
			Input   float64 `json:"input_tokens"`
			Created float64 `json:"cache_creation_input_tokens"`
			Read    float64 `json:"cache_read_input_tokens"`
			Output  float64 `json:"output_tokens"`
		} `json:"usage"`
	} `json:"message"`
}

// transcript is what has been read of one.
type transcript struct {
	last float64 // when the latest line was written that is no answer
	id   string  // of the call whose answer is being written
	open Request
}

// add takes a line. Pieces of an answer have its number in common, and each the usage so far.
func (t *transcript) add(d *document, r *Result, s *saying, line int) error {
	at := moment(s.Timestamp)
	if s.Type != "assistant" || s.Message.Usage == nil {
		if !math.IsNaN(at) {
			t.last = at
		}
		return nil
	}
	if s.Message.ID != t.id || t.id == "" {
		if err := t.end(d, r); err != nil {
			return err
		}
		t.id = s.Message.ID
		t.open = Request{Start: t.last, TTFT: math.NaN(), Line: line}
		if math.IsNaN(t.last) {
			t.open.Start = at
		}
	}
	u := s.Message.Usage
	t.open.Input, t.open.Output = whole(u.Input+u.Created+u.Read), max(t.open.Output, whole(u.Output))
	t.open.E2E = at - t.open.Start
	t.last = at // the next call follows, where nothing stands between
	r.Model = s.Message.Model
	return nil
}

// end keeps the call whose answer was being written.
func (t *transcript) end(d *document, r *Result) error {
	q := t.open
	if t.open = (Request{}); q == (Request{}) {
		return nil
	}
	return d.keep(r, q)
}

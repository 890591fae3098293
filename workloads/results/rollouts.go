package results

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
)

// rollouts is the sessions that OpenAI's Codex keeps: a line for each event, the tokens of a call after its
// answer, beside the sum of the session. A call begins at the latest line that is no part of an answer.
var rollouts = Format{
	Name:   "sessions of Codex",
	About:  "`~/.codex/sessions/…/rollout-….jsonl`: calls by their `last_token_usage`; each begins at the line before its answer",
	Source: "github.com/openai/codex, codex-rs/protocol/src/protocol.rs",
	begins: func(h *head) bool {
		return !h.array && h.has("timestamp", "type", "payload") &&
			(bytes.Contains(h.text, []byte(`"session_meta"`)) || bytes.Contains(h.text, []byte(`"last_token_usage"`)))
	},
	read: func(d *document) error {
		r := d.run()
		t := rollout{last: math.NaN()}
		for d.Peek() != 0 {
			line := d.Line()
			raw, err := d.Raw(maxRecord)
			if err != nil {
				return err
			}
			var e rolloutEvent
			if json.Unmarshal(raw, &e) != nil {
				continue // of a kind that nobody described
			}
			if err := t.add(d, r, &e, line); err != nil {
				return err
			}
		}
		return nil
	},
}

// rolloutEvent is a line of a session.
type rolloutEvent struct {
	Timestamp string `json:"timestamp"`
	Type      string `json:"type"`
	Payload   struct {
		Type  string `json:"type"`
		Role  string `json:"role"`
		Model string `json:"model"`
		Info  *struct {
			Total *rolloutUsage `json:"total_token_usage"`
			Last  *rolloutUsage `json:"last_token_usage"`
		} `json:"info"`
	} `json:"payload"`
}

// rolloutUsage counts tokens; those of the cache and of reasoning are among the others.
type rolloutUsage struct {
	Input  float64 `json:"input_tokens"`
	Output float64 `json:"output_tokens"`
}

// rollout is what has been read of a session.
type rollout struct {
	last  float64 // when the latest line was written that is no part of an answer
	total rolloutUsage
}

// answerParts are the kinds of events that an answer is written in.
var answerParts = []string{"reasoning", "function_call", "custom_tool_call", "local_shell_call", "web_search_call",
	"agent_message", "agent_reasoning", "agent_reasoning_raw_content"}

// add takes a line. Usage is told again where limits change: the sum is then the same.
func (t *rollout) add(d *document, r *Result, e *rolloutEvent, line int) error {
	at, p := moment(e.Timestamp), &e.Payload
	if p.Model != "" {
		r.Model = p.Model
	}
	if p.Type != "token_count" {
		if p.Role != "assistant" && !slices.Contains(answerParts, p.Type) && !math.IsNaN(at) {
			t.last = at
		}
		return nil
	}
	if p.Info == nil || p.Info.Last == nil || p.Info.Total != nil && *p.Info.Total == t.total {
		return nil
	}
	if p.Info.Total != nil {
		t.total = *p.Info.Total
	}
	start := t.last
	if math.IsNaN(start) {
		start = at
	}
	t.last = at
	return d.keep(r, Request{Start: start, Input: whole(p.Info.Last.Input), Output: whole(p.Info.Last.Output),
		TTFT: math.NaN(), E2E: at - start, Line: line})
}

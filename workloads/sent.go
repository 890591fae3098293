package workloads

import (
	"encoding/json"
	"fmt"
	"slices"
)

// sentCalls is the calls that AIPerf and GenAI-Perf sent, which they write beside their results.
var sentCalls = format{
	name: "inputs.json (AIPerf, GenAI-Perf, Perf Analyzer), batches in one file (Anthropic)",
	about: "`data`: of each session the calls as they were sent, `payloads` or `payload`, each with all `messages` or its `prompt`, or " +
		"`text_input` with `max_tokens`; or `requests` with `params`; an answer has as many tokens as the call allows, and 256 where it does not say; tokens by a table of characters",
	source: "github.com/ai-dynamo/aiperf, docs/tutorials/inputs-json-replay.md; github.com/triton-inference-server/perf_analyzer, " +
		"genai-perf and docs/input_data.md; docs.anthropic.com, Message Batches",
	turns: true,
	open: func(first *head) rows {
		var all sentFile
		if first.object["data"] == nil && first.object["requests"] == nil || json.Unmarshal(first.text, &all) != nil ||
			!slices.ContainsFunc(all.sessions(), func(s sentSession) bool { return len(s.calls()) > 0 }) {
			return nil
		}
		return &sentRows{}
	},
}

type sentFile struct {
	Data     []sentSession `json:"data"`
	Requests []sentSession `json:"requests"`
}

func (s *sentFile) sessions() []sentSession {
	if len(s.Data) > 0 {
		return s.Data
	}
	return s.Requests
}

// sentSession is calls of one after the other.
type sentSession struct {
	Payloads []batched `json:"payloads"`   // AIPerf
	Payload  []batched `json:"payload"`    // GenAI-Perf
	Params   *batched  `json:"params"`     // Anthropic
	Text     spoken    `json:"text_input"` // Perf Analyzer
	Most     firstInt  `json:"max_tokens"`
}

func (s *sentSession) calls() []batched {
	switch {
	case len(s.Payloads) > 0:
		return s.Payloads
	case s.Params != nil && len(s.Params.said()) > 0:
		return []batched{*s.Params}
	case len(s.Text) > 0:
		return []batched{{Prompt: s.Text, limits: limits{MaxTokens: int(s.Most)}}}
	}
	return s.Payload
}

// firstInt is a number, or the first of a list; 0 for others.
type firstInt int

// UnmarshalJSON takes either.
func (f *firstInt) UnmarshalJSON(data []byte) error {
	var one int
	var list []int
	if *f = 0; json.Unmarshal(data, &one) == nil {
		*f = firstInt(one)
	} else if json.Unmarshal(data, &list) == nil && len(list) > 0 {
		*f = firstInt(list[0])
	}
	return nil
}

// sentRows reads them.
type sentRows struct {
	questionRows
	calls []sentTurn
}

// sentTurn is a call's lengths, its session, and the ids of its prompt.
type sentTurn struct {
	turn
	session uint64
	ids     []uint64
}

func (s *sentRows) column(role int) string {
	return [roles]string{roleInput: "messages", roleOutput: "max_tokens"}[role]
}

// expand implements several: all sessions are in one record.
func (s *sentRows) expand(record []byte) *mistake {
	s.calls, s.next = s.calls[:0], 0
	var all sentFile
	if err := json.Unmarshal(record, &all); err != nil {
		return &mistake{"", "is not a list of calls: " + oneLine(err), "give the file as the benchmark wrote it"}
	}
	sessions := all.sessions()
	for i := range sessions {
		for k, call := range sessions[i].calls() {
			if wrong := s.call(&call, k > 0); wrong != nil {
				return wrong
			}
		}
	}
	return nil
}

// call adds a call; its context is all that it says, so that it may begin as the one before it.
func (s *sentRows) call(call *batched, follows bool) *mistake {
	said := conversation{Body: *call}
	s.content.reset()
	messages := said.said()
	for i := range messages {
		s.append(&s.content, messages[i].text())
	}
	t := turn{s.content.tokens, said.allowed()}
	switch {
	case t.input == 0:
		return nil
	case t.output > MaxTokens || t.output < 0:
		return &mistake{"max_tokens", fmt.Sprintf("%d is no number of tokens", t.output), fmt.Sprintf("use up to %d", MaxTokens)}
	case t.output == 0:
		t.output = unknownAnswer
		s.unknown++
	}
	if !follows {
		s.records++
	}
	s.calls = append(s.calls, sentTurn{t, s.records, slices.Clone(s.content.ids)})
	return nil
}

// take implements several.
func (s *sentRows) take(r *Request) (at instant, ok bool) {
	if s.next == len(s.calls) {
		return at, false
	}
	c := s.calls[s.next]
	*r = Request{Input: c.input, Output: c.output, Session: c.session, Beyond: true, Blocks: c.ids,
		Follows: s.next > 0 && s.calls[s.next-1].session == c.session}
	s.next++
	return at, true
}

package workloads

import (
	"encoding/json"
	"fmt"
	"slices"
)

// sentCalls is the calls that AIPerf and GenAI-Perf sent, which they write beside their results.
var sentCalls = format{
	name: "inputs.json (AIPerf, GenAI-Perf)",
	about: "`data`: of each session the calls as they were sent, `payloads` or `payload`, each with all `messages` or its `prompt`; an " +
		"answer has as many tokens as the call allows, and 256 where it does not say; tokens by a table of characters",
	source: "github.com/ai-dynamo/aiperf, docs/tutorials/inputs-json-replay.md; github.com/triton-inference-server/perf_analyzer, " +
		"genai-perf",
	turns: true,
	open: func(first *head) rows {
		var all sentFile
		if first.object["data"] == nil || json.Unmarshal(first.text, &all) != nil ||
			!slices.ContainsFunc(all.Data, func(s sentSession) bool { return len(s.calls()) > 0 }) {
			return nil
		}
		return &sentRows{}
	},
}

type sentFile struct {
	Data []sentSession `json:"data"`
}

// sentSession is calls of one after the other.
type sentSession struct {
	Payloads []batched `json:"payloads"` // AIPerf
	Payload  []batched `json:"payload"`  // GenAI-Perf
}

func (s *sentSession) calls() []batched {
	if len(s.Payloads) > 0 {
		return s.Payloads
	}
	return s.Payload
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
	for i := range all.Data {
		for k, call := range all.Data[i].calls() {
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

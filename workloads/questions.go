package workloads

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/hash"
)

// questions is prompts as text whose answers are not there: MT-bench's, and those that AIPerf asks.
var questions = format{
	name: "questions (MT-bench, AIPerf)",
	about: "`turns` of a conversation, texts or objects with `text` or `texts`, or those alone, and perhaps the `timestamp`, or the " +
		"`delay` after the answer before, in ms; an answer has its `output_length`, and 256 tokens where there is none; tokens by a " +
		"table of characters",
	source: "github.com/lm-sys/FastChat, fastchat/llm_judge/data/mt_bench/question.jsonl; github.com/vllm-project/vllm, " +
		"vllm/benchmarks/datasets.py (MT-bench); github.com/ai-dynamo/aiperf, docs/tutorials/custom-dataset.md",
	turns: true,
	open: func(first *head) rows {
		var q questioned
		if first.object == nil || json.Unmarshal(first.text, &q) != nil {
			return nil
		}
		for key := range first.object {
			if q.Turns == nil && !slices.Contains(askedKeys, key) {
				return nil
			}
		}
		turns := q.turns()
		if !slices.ContainsFunc(turns, func(t question) bool { return t.text() != "" }) ||
			slices.ContainsFunc(turns, func(t question) bool { return slices.Contains(answerers, t.Role) }) {
			return nil
		}
		return &questionRows{timed: turns[0].Timestamp != nil}
	},
}

// unknownAnswer is the length of an answer of which nothing is known: vLLM's benchmark asks MT-bench's
// questions for as many tokens (vllm/benchmarks/datasets.py, MTBenchDataset).
const unknownAnswer = 256

// askedKeys are those of AIPerf's questions. A record with others and a text is of another kind.
var askedKeys = []string{"type", "session_id", "role", "text", "texts", "image", "images", "audio", "audios", "video",
	"videos", "timestamp", "delay", "output_length", "extra"}

// questioned is a record: a conversation's questions, or one question.
type questioned struct {
	Turns []question `json:"turns"`
	question
}

// turns are the questions of a record.
func (q *questioned) turns() []question {
	if q.Turns != nil {
		return q.Turns
	}
	return []question{q.question}
}

// UnmarshalJSON takes both kinds of record; the method of the question that it holds would take one alone.
func (q *questioned) UnmarshalJSON(data []byte) error {
	var more struct {
		Turns []question `json:"turns"`
	}
	if err := json.Unmarshal(data, &more); err != nil {
		return err
	}
	q.Turns = more.Turns
	return json.Unmarshal(data, &q.question)
}

// question is what is asked at one time.
type question struct {
	asked
}

type asked struct {
	Role         string            `json:"role"`
	Text         string            `json:"text"`
	Texts        []json.RawMessage `json:"texts"`
	OutputLength int               `json:"output_length"`
	Timestamp    *float64          `json:"timestamp"`
	Delay        *float64          `json:"delay"`
}

// UnmarshalJSON takes an object, or a text alone.
func (q *question) UnmarshalJSON(data []byte) error {
	q.asked = asked{}
	if json.Unmarshal(data, &q.Text) == nil {
		return nil
	}
	return json.Unmarshal(data, &q.asked)
}

// text is what a question says, in one piece or in several, which may have names.
func (q *question) text() string {
	var all strings.Builder
	all.WriteString(q.Text)
	for _, part := range q.Texts {
		var named struct {
			Contents []string `json:"contents"`
		}
		if one := ""; json.Unmarshal(part, &one) == nil {
			all.WriteString(one)
		} else if json.Unmarshal(part, &named) == nil {
			all.WriteString(strings.Join(named.Contents, ""))
		}
	}
	return all.String()
}

// questionRows reads them.
type questionRows struct {
	textTokens
	content content
	timed   bool
	turns   []questionTurn // of the present record
	next    int
	records uint64
	at      instant // of the latest that says when
	unknown int     // answers of which nothing is known
}

type questionTurn struct {
	turn
	at, gap instant
}

func (q *questionRows) column(role int) string {
	names := [roles]string{roleInput: "text", roleOutput: "output_length"}
	if q.timed {
		names[roleArrival] = "timestamp"
	}
	return names[role]
}

// chunk implements chunked.
func (q *questionRows) chunk() int { return contentTokens }

// use implements texts.
func (q *questionRows) use(t textTokens) { q.textTokens = t }

// read implements rows; it is not asked where expand is.
func (q *questionRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// left implements leaving.
func (q *questionRows) left() string { return unknownAnswers(q.unknown) }

// unknownAnswers says for what answers without a length are taken; "" where there are none.
func unknownAnswers(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("answers of which no length is given (%d) have %d tokens, as vLLM's benchmark asks of MT-bench", n, unknownAnswer)
}

// expand implements several.
func (q *questionRows) expand(record []byte) *mistake {
	q.turns, q.next = q.turns[:0], 0
	q.content.reset()
	q.records++
	var all questioned
	if err := json.Unmarshal(record, &all); err != nil {
		return &mistake{"", "is not a question: " + oneLine(err), "write one object for each conversation"}
	}
	for _, one := range all.turns() {
		if wrong := q.ask(&one); wrong != nil {
			return wrong
		}
	}
	return nil
}

// ask adds a question to the conversation, and its answer.
func (q *questionRows) ask(one *question) *mistake {
	q.append(&q.content, one.text())
	if one.Role == "system" || q.content.tokens == 0 {
		return nil
	}
	at, wrong := milliseconds(one.Timestamp, "timestamp")
	if wrong != nil {
		return wrong
	}
	if at != nil {
		q.at = *at
	}
	t := questionTurn{turn: turn{q.content.tokens, one.OutputLength}, at: q.at}
	if gap, wrong := milliseconds(one.Delay, "delay"); wrong != nil {
		return wrong
	} else if gap != nil {
		t.gap = *gap
	}
	if t.output < 1 {
		t.output = unknownAnswer
		q.unknown++
	}
	if t.output > MaxTokens {
		return &mistake{"output_length", fmt.Sprintf("%d is no number of tokens", t.output), fmt.Sprintf("use up to %d", MaxTokens)}
	}
	q.content.add(piece{id: mix(hash.Name("answer"), mix(q.records, uint64(len(q.turns)))), tokens: t.output})
	q.turns = append(q.turns, t)
	return nil
}

// take implements several.
func (q *questionRows) take(r *Request) (at instant, ok bool) {
	if q.next == len(q.turns) {
		return at, false
	}
	t := q.turns[q.next]
	*r = Request{Input: t.input, Output: t.output, Session: q.records, Follows: q.next > 0, Beyond: true,
		Blocks: q.content.ids[:min(len(q.content.ids), (t.input+t.output)/contentTokens)]}
	if r.Follows {
		r.Gap = t.gap.since()
	}
	q.next++
	return t.at, true
}

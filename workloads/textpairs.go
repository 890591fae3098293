package workloads

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// textPairs is prompts and their answers as text, a pair a record, as instruction data sets and the inputs of
// benchmarks hold them. Where there is no answer, its length stands beside, and a prompt may be token ids.
var textPairs = format{
	name: "prompts and answers as text",
	about: "`instruction`, `question`, `prompt` or `problem` …, with `context`, `document` and `system_prompt` before it, and `output`, " +
		"`response`, `answer`, `solution` or `summary` …, or the answer's length in `output_tokens` or `max_tokens`, and perhaps its arrival (`arrival_s` …); tokens by a table of characters, or `input_ids`",
	source: "huggingface.co/datasets/tatsu-lab/alpaca, databricks/databricks-dolly-15k, Open-Orca/OpenOrca, openai/openai_humaneval, THUDM/LongBench; " +
		"github.com/vllm-project/vllm, vllm/benchmarks/datasets.py (custom); github.com/NVIDIA/TensorRT-LLM, " +
		"benchmarks/cpp/prepare_dataset.py",
	open: func(first *head) rows {
		if first.object == nil || countsTokens(first) {
			return nil
		}
		var p pair
		asks := json.Unmarshal(first.text, &p) == nil && len(p.asked)+len(p.ids) > 0
		if !asks || p.answer == "" && p.output == 0 {
			return nil
		}
		rows := &textRows{}
		for _, name := range columnNames(first) {
			if joined, unit := names.Plain(name); strings.Contains(joined, "arriv") && isNumber(first.object[name]) {
				if rows.arrival = name; unit != "" {
					rows.clock = timeUnits[unit]
				} else {
					rows.clock = &anyTime{}
				}
			}
		}
		return rows
	},
}

// The keys of a record's parts; of each list the first that holds something counts, but all of what comes
// before a question does.
var (
	beforeQuestion = []string{"system_prompt", "system", "instruction", "context", "article", "document", "passage", "input"}
	questionKeys   = []string{"question", "prompt", "query", "problem", "problem_statement", "text", "text_input"}
	answerKeys     = []string{"output", "response", "completion", "answer", "answers", "generation", "chosen", "solution",
		"canonical_solution", "highlights", "summary", "patch"}
	lengthKeys = []string{"output_tokens", "output_length", "output_len", "max_tokens", "max_completion_tokens", "max_output_tokens"}
)

// countsTokens tells whether a record has numbers in columns of usual names for prompts and answers.
func countsTokens(first *head) bool {
	var has [roles]bool
	for name, value := range first.object {
		joined, _ := names.Plain(name)
		for _, role := range []int{roleInput, roleOutput} {
			if slices.Contains(usual[role], joined) && isNumber(value) {
				has[role] = true
			}
		}
	}
	return has[roleInput] && has[roleOutput]
}

// isNumber tells whether a value is a number, or one as text.
func isNumber(value json.RawMessage) bool {
	_, ok := parseDecimal([]byte(strings.Trim(string(value), `"`)))
	return ok
}

// pair is a record.
type pair struct {
	asked  []string // what stands before the answer, in order
	ids    []uint64 // of tokens
	answer string
	output int // tokens of an answer that is not there
}

// UnmarshalJSON takes the parts that are text, or numbers where they are lengths.
func (p *pair) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	*p = pair{}
	if p.evaluated(fields) {
		return nil
	}
	for _, key := range beforeQuestion {
		if s := textOf(fields[key]); s != "" {
			p.asked = append(p.asked, s)
		}
	}
	if s := firstText(fields, questionKeys); s != "" {
		p.asked = append(p.asked, s)
	}
	for _, key := range []string{"input_ids", "prompt_token_ids", "prompt"} {
		if json.Unmarshal(fields[key], &p.ids) == nil && len(p.ids) > 0 {
			break
		}
		p.ids = nil
	}
	for _, key := range answerKeys {
		if p.answer = answerOf(fields[key]); p.answer != "" {
			break
		}
	}
	for _, key := range lengthKeys {
		if json.Unmarshal(fields[key], &p.output) == nil && p.output > 0 && p.output <= MaxTokens {
			return nil
		}
	}
	p.output = 0
	return nil
}

func firstText(fields map[string]json.RawMessage, keys []string) string {
	for _, key := range keys {
		if s := textOf(fields[key]); s != "" {
			return s
		}
	}
	return ""
}

// textOf is a value that is text and no number; "" for others.
func textOf(value json.RawMessage) (s string) {
	if len(value) == 0 || isNumber(value) || json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// answerOf is an answer as a text, as the first of several, or as SQuAD has it.
func answerOf(value json.RawMessage) string {
	var several []string
	var squad struct {
		Text []string `json:"text"`
	}
	if json.Unmarshal(value, &several) != nil && json.Unmarshal(value, &squad) == nil {
		several = squad.Text
	}
	if len(several) > 0 {
		return several[0]
	}
	return textOf(value)
}

// textRows reads them: each record is a conversation of one turn.
type textRows struct {
	conversationRows
	arrival string // the key of the time of arrival; "" where there is none
	clock   clock
	at      instant
	alone   bool // there are no answers
	unknown int  // answers of which nothing is known
}

// left implements leaving.
func (t *textRows) left() string {
	if t.alone {
		return unknownAnswers(t.unknown)
	}
	return t.conversationRows.left()
}

// promptsAlone is prompts as text without anything that says how long their answers are. It is tried last.
var promptsAlone = format{
	name: "prompts as text",
	about: "`prompt`, `instruction`, `question`, `problem`, `text_input` …, a record each; an answer has 256 tokens; tokens by a table " +
		"of characters",
	source: "github.com/vllm-project/vllm, vllm/benchmarks/datasets.py (custom); github.com/triton-inference-server/perf_analyzer, " +
		"genai-perf",
	open: func(first *head) rows {
		var p pair
		if first.object == nil || json.Unmarshal(first.text, &p) != nil || len(p.asked) == 0 || p.answer != "" {
			return nil
		}
		return &textRows{alone: true}
	},
}

func (t *textRows) column(role int) string {
	return [roles]string{roleArrival: t.arrival, roleInput: "prompt", roleOutput: "answer"}[role]
}

// take implements several.
func (t *textRows) take(r *Request) (instant, bool) {
	_, ok := t.conversationRows.take(r)
	return t.at, ok
}

// arrives reads when the pair of a record arrives.
func (t *textRows) arrives(record []byte) *mistake {
	if t.arrival == "" {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(record, &fields); err != nil {
		return &mistake{"", "is not a pair of texts: " + oneLine(err), "write one object for each pair"}
	}
	var wrong, right string
	if t.at, wrong, right = t.clock.read(bytes.Trim(fields[t.arrival], `"`)); wrong != "" {
		return &mistake{t.arrival, wrong, right}
	}
	return nil
}

// expand implements several.
func (t *textRows) expand(record []byte) *mistake {
	t.begin()
	var p pair
	if err := json.Unmarshal(record, &p); err != nil {
		return &mistake{"", "is not a pair of texts: " + oneLine(err), "write one object for each pair"}
	}
	if wrong := t.arrives(record); wrong != nil {
		return wrong
	}
	for _, id := range p.ids {
		t.content.put(id, 1)
	}
	for _, text := range p.asked {
		t.textTokens.append(&t.content, text)
	}
	prompt, output := t.content.tokens, p.output
	if p.answer != "" {
		output = t.textTokens.append(&t.content, p.answer)
	}
	if t.alone && output == 0 {
		output = unknownAnswer
		t.unknown++
	}
	if prompt == 0 || output == 0 {
		t.empty++
		return nil
	}
	t.turns = append(t.turns, turn{prompt, output})
	return nil
}

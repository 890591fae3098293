package workloads

import (
	"encoding/json"
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
)

// answered is the output files of batches, an answer a line with the tokens that were counted for it. When a
// batch's calls were made is the service's affair, so that they have no times of arrival.
var answered = format{
	name:          "answers of a batch (OpenAI, Anthropic, Bedrock, Gemini, vLLM run-batch)",
	about:         "the `usage` of each answer, in its `response`, `result` or `modelOutput`, or of Anthropic's messages themselves; calls that failed are left out",
	source:        "platform.openai.com, docs/guides/batch; docs.anthropic.com, Message Batches; github.com/vllm-project/vllm, vllm/entrypoints/openai/run_batch.py",
	emptyIsFailed: true,
	open: func(first *head) rows {
		o := first.object
		named := o["custom_id"] != nil || o["recordId"] != nil || o["key"] != nil
		message := string(o["type"]) == `"message"` && o["usage"] != nil
		if !message && (!named || o["response"] == nil && o["result"] == nil && o["modelOutput"] == nil) {
			return nil
		}
		return answeredRows{}
	},
}

type answeredRows struct{}

// usage is the tokens of a call under either service's names.
type usage struct {
	Prompt     *float64 `json:"prompt_tokens"`
	Completion *float64 `json:"completion_tokens"`
	Input      *float64 `json:"input_tokens"`
	Output     *float64 `json:"output_tokens"`
	Asked      *float64 `json:"promptTokenCount"` // Gemini's
	Answered   *float64 `json:"candidatesTokenCount"`
	Thoughts   float64  `json:"thoughtsTokenCount"`          // Gemini's: besides Answered
	Created    float64  `json:"cache_creation_input_tokens"` // Anthropic's: besides Input
	Read       float64  `json:"cache_read_input_tokens"`
}

// counted is an answer, or what holds it.
type counted struct {
	Usage    *usage `json:"usage"`
	Metadata *usage `json:"usageMetadata"`
}

type answeredRow struct {
	Response struct {
		Body counted `json:"body"`
		counted
	} `json:"response"`
	Result struct {
		Message counted `json:"message"`
	} `json:"result"`
	ModelOutput counted `json:"modelOutput"`
	counted
}

// usage is that of an answer, wherever it stands; nil where the call failed.
func (a *answeredRow) usage() *usage {
	all := []*counted{&a.Response.Body, &a.Result.Message, &a.ModelOutput, &a.Response.counted, &a.counted}
	for _, c := range all {
		if c.Usage != nil {
			return c.Usage
		}
		if m := c.Metadata; m != nil {
			if m.Answered == nil {
				return &usage{Input: m.Asked}
			}
			whole := *m.Answered + m.Thoughts
			return &usage{Input: m.Asked, Output: &whole}
		}
	}
	return nil
}

func (answeredRows) column(role int) string {
	return [roles]string{roleInput: "prompt_tokens", roleOutput: "completion_tokens"}[role]
}

// read implements rows.
func (answeredRows) read(record []byte, r *Request) (at instant, wrong *mistake) {
	var row answeredRow
	if err := json.Unmarshal(record, &row); err != nil {
		return at, &mistake{"", "is not an answer of a batch: " + oneLine(err), "give the file as the service wrote it"}
	}
	*r = Request{}
	u := row.usage()
	if u == nil {
		return at, nil // it failed
	}
	if r.Input, wrong = tokenCount(u.Prompt, u.Input, "prompt_tokens", 0); wrong != nil {
		return at, wrong
	}
	whole := float64(r.Input) + u.Created + u.Read
	if r.Input, wrong = tokenCount(&whole, nil, "prompt_tokens", 1); wrong != nil {
		return at, wrong
	}
	if u.Completion == nil && u.Output == nil {
		return at, nil // of an embedding
	}
	r.Output, wrong = tokenCount(u.Completion, u.Output, "completion_tokens", 0)
	return at, wrong
}

// offline is Alibaba's batches whose contents are known but not the answers: lengths of prompts, and an id
// for each 16 tokens that stands for all content up to there.
var offline = format{
	name: "Bailian, offline",
	about: "`trace_a` to `trace_c`: `input_length`, and `hash_ids` of 16 tokens, which stand for all content up to there; answers, " +
		"whose lengths are not published, have 1 token",
	source: "github.com/alibaba/ServeGen, data/offline/README.md",
	open: func(first *head) rows {
		o := first.object
		if o["request_id"] == nil || o["input_length"] == nil || o["hash_ids"] == nil || o["output_length"] != nil ||
			o["timestamp"] != nil || o["chat_id"] != nil || o["session_id"] != nil {
			return nil
		}
		return offlineRows{}
	},
}

type offlineRows struct{}

func (offlineRows) column(role int) string {
	return [roles]string{roleInput: "input_length", roleBlocks: "hash_ids"}[role]
}

// chunk implements chunked.
func (offlineRows) chunk() int { return bailianBlock }

// remark implements remarked.
func (offlineRows) remark() string {
	return "lengths of answers are not published: each has 1 token, so that prompts and their cache alone count"
}

// read implements rows.
func (offlineRows) read(record []byte, r *Request) (at instant, wrong *mistake) {
	var row struct {
		Input  *float64 `json:"input_length"`
		Blocks []uint64 `json:"hash_ids"`
	}
	if err := json.Unmarshal(record, &row); err != nil {
		return at, &mistake{"", "is not a request: " + oneLine(err), "write one object a line"}
	}
	*r = Request{Output: 1, Blocks: row.Blocks}
	if r.Input, wrong = tokenCount(row.Input, nil, "input_length", 1); wrong != nil {
		return at, wrong
	}
	if most := units.CeilDiv(r.Input, bailianBlock); len(row.Blocks) > most {
		return at, &mistake{"hash_ids", fmt.Sprintf("%d ids for %d prompt tokens", len(row.Blocks), r.Input),
			fmt.Sprintf("give one for each %d tokens", bailianBlock)}
	}
	return at, nil
}

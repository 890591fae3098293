package results

import (
	"encoding/json"
	"math"
)

// genaiPerf is the raw export of Perf Analyzer, on which GenAI-Perf stands: when each request was sent and
// each piece of its answer came, in ns, and what was sent and answered. It has no counts of tokens: a piece
// of an answer is taken for a token, and a prompt for one token in four characters.
var genaiPerf = Format{
	Name:   "GenAI-Perf, every request",
	About:  "`profile_export.json` of Perf Analyzer: starts, the time of each piece of an answer; prompts by their characters",
	Source: "github.com/triton-inference-server/perf_analyzer, docs/measurements_metrics.md",
	begins: func(h *head) bool { return !h.array && h.has("experiments") },
	read: func(d *document) error {
		return d.object(fields{"experiments": func() error {
			return d.array(func() error { return readExperiment(d) })
		}})
	},
}

// charactersPerToken is OpenAI's rule of thumb for English text (help.openai.com, "What are tokens and how to
// count them?").
const charactersPerToken = 4

func readExperiment(d *document) error {
	r := d.run()
	r.Notes = append(r.Notes, "prompts have no token counts: 4 characters are taken for a token, and a piece of an answer for one")
	mode, value := "", 0.0
	err := d.object(fields{
		"experiment": func() error { return d.object(fields{"mode": d.text(&mode), "value": d.number(&value)}) },
		"requests":   func() error { return d.array(func() error { return readPerfRequest(d, r) }) },
	})
	switch mode {
	case "concurrency":
		r.Concurrency = whole(value)
	case "request_rate":
		r.Rate = value
	}
	return err
}

// maxPayload is the longest prompt that is read, in bytes.
const maxPayload = 16 << 20

func readPerfRequest(d *document, r *Result) error {
	q := Request{Start: math.NaN(), TTFT: math.NaN(), E2E: math.NaN(), Line: d.Line()}
	characters := 0
	var answers []float64
	err := d.object(fields{
		"timestamp":           d.scaled(&q.Start, 1e-9),
		"response_timestamps": d.numbers(&answers),
		"request_inputs": func() error {
			raw, err := d.Raw(maxPayload)
			characters = promptCharacters(raw)
			return err
		},
	})
	if err != nil {
		return err
	}
	q.Input, q.Output = (characters+charactersPerToken-1)/charactersPerToken, len(answers)
	if len(answers) > 0 {
		q.TTFT = float64(answers[0]*1e-9) - q.Start
		q.E2E = float64(answers[len(answers)-1]*1e-9) - q.Start
	}
	return d.keep(r, q)
}

// promptCharacters counts those of a payload's prompt or messages. The payload may be JSON in a string.
func promptCharacters(raw []byte) int {
	var inputs struct {
		Payload string `json:"payload"`
		Text    string `json:"text_input"`
	}
	if json.Unmarshal(raw, &inputs) != nil {
		return 0
	}
	var payload struct {
		Prompt   json.RawMessage
		Messages []struct{ Content json.RawMessage }
	}
	if json.Unmarshal([]byte(inputs.Payload), &payload) != nil {
		return len([]rune(inputs.Text + inputs.Payload))
	}
	n := len([]rune(inputs.Text)) + textLength(payload.Prompt)
	for _, m := range payload.Messages {
		n += textLength(m.Content)
	}
	return n
}

// textLength counts the characters of a text, of a list of texts, or of a list of parts that have one.
func textLength(raw json.RawMessage) int {
	var text string
	var list []json.RawMessage
	var part struct{ Text string }
	switch {
	case json.Unmarshal(raw, &text) == nil:
		return len([]rune(text))
	case json.Unmarshal(raw, &list) == nil:
		n := 0
		for _, element := range list {
			n += textLength(element)
		}
		return n
	case json.Unmarshal(raw, &part) == nil:
		return len([]rune(part.Text))
	}
	return 0
}

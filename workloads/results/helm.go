package results

import (
	"encoding/json"
	"math"
)

// helm is what HELM keeps of a run: each request with its prompt and what was answered.
var helm = Format{
	Name: "HELM, every request",
	About: "`scenario_state.json`: when requests were sent and how long they took; prompts by their characters, an answer's tokens as they " +
		"are listed, or by its characters",
	Source: "github.com/stanford-crfm/helm, src/helm/benchmark/adaptation/scenario_state.py",
	begins: func(h *head) bool { return !h.array && h.has("adapter_spec", "request_states") },
	read: func(d *document) error {
		r := d.run()
		r.Notes = append(r.Notes, "prompts have no token counts: 4 characters are taken for a token")
		return d.object(fields{
			"adapter_spec":   func() error { return d.object(fields{"model": d.text(&r.Model)}) },
			"request_states": func() error { return d.array(func() error { return readHelmState(d, r) }) },
		})
	},
}

func readHelmState(d *document, r *Result) error {
	q := Request{Start: math.NaN(), TTFT: math.NaN(), E2E: math.NaN(), Line: d.Line()}
	prompt, success, first := 0, "true", true
	completion := func() error {
		if !first {
			return d.Skip()
		}
		first = false
		text, tokens := 0, 0
		err := d.object(fields{"text": d.characters(&text), "tokens": func() error {
			return d.array(func() error { tokens++; return d.Skip() })
		}})
		if q.Output = tokens; tokens == 0 {
			q.Output = tokensOf(text)
		}
		return err
	}
	err := d.object(fields{
		"request": func() error {
			return d.object(fields{"prompt": d.characters(&prompt), "messages": d.characters(&prompt)})
		},
		"result": func() error {
			return d.object(fields{"success": d.word(&success), "request_time": d.number(&q.E2E),
				"request_datetime": d.number(&q.Start), "completions": func() error { return d.array(completion) }})
		},
	})
	if err != nil {
		return err
	}
	if q.Input = tokensOf(prompt); success == "false" {
		q.Output = 0
	}
	return d.keep(r, q)
}

// characters adds those of a text, or of messages.
func (d *document) characters(to *int) func() error {
	return func() error {
		raw, err := d.Raw(maxPayload)
		if err != nil {
			return err
		}
		var messages []struct{ Content json.RawMessage }
		if n := textLength(raw); n > 0 {
			*to += n
		} else if json.Unmarshal(raw, &messages) == nil {
			for _, m := range messages {
				*to += textLength(m.Content)
			}
		}
		return nil
	}
}

// tokensOf is how many tokens so many characters are taken for.
func tokensOf(characters int) int { return (characters + charactersPerToken - 1) / charactersPerToken }

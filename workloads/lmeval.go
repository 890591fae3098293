package workloads

import (
	"encoding/json"
	"slices"
)

// evaluated reads a sample as EleutherAI's harness logs it (github.com/EleutherAI/lm-evaluation-harness,
// lm_eval/evaluator.py, --log_samples): what the model was asked stands among the arguments, and what it
// answered first among the responses. Where the harness asked how likely texts are, the first of them is the
// answer.
func (p *pair) evaluated(fields map[string]json.RawMessage) bool {
	if fields["arguments"] == nil || fields["resps"] == nil || fields["doc_id"] == nil {
		return false
	}
	var named map[string]map[string]json.RawMessage
	var listed [][]json.RawMessage
	var first []json.RawMessage
	switch {
	case json.Unmarshal(fields["arguments"], &named) == nil && len(named) > 0:
		keys := make([]string, 0, len(named))
		for key := range named {
			keys = append(keys, key)
		}
		call := named[slices.Min(keys)]
		first = []json.RawMessage{call["arg_0"], call["arg_1"]}
	case json.Unmarshal(fields["arguments"], &listed) == nil && len(listed) > 0:
		first = append(listed[0], nil, nil)
	default:
		return false
	}
	p.asked = []string{textOf(first[0])}
	var answers [][]json.RawMessage
	if json.Unmarshal(fields["resps"], &answers) == nil && len(answers) > 0 && len(answers[0]) > 0 {
		_ = json.Unmarshal(answers[0][0], &p.answer) // a pair of a likelihood is no text
	}
	if p.answer == "" {
		p.answer = textOf(first[1])
	}
	return p.asked[0] != ""
}

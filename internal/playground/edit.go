package playground

import (
	"bytes"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/scenarios"
)

// Edit changes one key of a scenario's text. It is no setting on top of the file: what an edit takes away, as
// a trace that gives way to drawn requests, is not there when the scenario is read.
type Edit struct {
	Key   string `json:"key"`   // dotted
	Value string `json:"value"` // in TOML, where a bare word is a string; nothing takes the key away
}

// text is the scenario's with its edits. Without any it is as it came, comments included.
func (q *Question) text() (string, error) {
	if len(q.Edits) == 0 {
		return q.Scenario, nil
	}
	document, err := strict.Parse(q.Name, []byte(q.Scenario))
	if err != nil {
		return "", err
	}
	tree := map[string]any{}
	if err := document.Decode(&tree); err != nil {
		return "", err
	}
	for _, e := range q.Edits {
		if err := e.apply(tree); err != nil {
			return "", err
		}
	}
	var b bytes.Buffer
	encoder := toml.NewEncoder(&b)
	encoder.Indent = ""
	err = encoder.Encode(tree)
	return b.String(), err
}

// apply changes a document.
func (e *Edit) apply(tree map[string]any) error {
	path := strings.Split(e.Key, ".")
	last := len(path) - 1
	for _, name := range path[:last] {
		inner, ok := tree[name].(map[string]any)
		if !ok {
			if e.Value == "" {
				return nil
			}
			inner = map[string]any{}
			tree[name] = inner
		}
		tree = inner
	}
	if e.Value == "" {
		delete(tree, path[last])
		return nil
	}
	value, err := scenarios.ParseValue(e.Value)
	if err != nil {
		return &fault.Error{Key: e.Key, Wrong: err.Error(), Right: "write a value as in a scenario"}
	}
	tree[path[last]] = value
	return nil
}

// scenario is the one that the question is about.
func (q *Question) scenario() (*scenarios.Scenario, error) {
	text, err := q.text()
	if err != nil {
		return nil, err
	}
	return scenarios.Parse(q.Name, "", []byte(text))
}

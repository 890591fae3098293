package huggingface

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of a file's values, which bound its memory and the stack; quantised models name some 50,000 layers.
const (
	maxValues  = 1_000_000
	maxNesting = 1_000
)

// notFinite is NaN, Infinity or -Infinity, which JSON does not have and Python writes and reads.
type notFinite string

var notFinites = []notFinite{"NaN", "Infinity", "-Infinity"}

// parser reads JSON as Python's json module does, in one pass: published files name tens of thousands of
// layers. Strings without escapes share the text's memory.
type parser struct {
	text   string
	at     int
	values int
	depth  int
}

// readJSON reads the one value that a text holds. offset is where it stopped being JSON.
func readJSON(text string) (value any, offset int, err error) {
	p := &parser{text: text}
	value, err = p.value()
	if p.skipBlanks(); err == nil && p.at < len(text) {
		err = errors.New("goes on after its end")
	}
	return value, p.at, err
}

func (p *parser) skipBlanks() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// next is the next byte that is no blank; 0 at the end.
func (p *parser) next() byte {
	p.skipBlanks()
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// take passes the next byte that is no blank if it is c.
func (p *parser) take(c byte) bool {
	if p.next() != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) value() (any, error) {
	if p.values++; p.values > maxValues {
		return nil, fmt.Errorf("has more than %d values", maxValues)
	}
	switch c := p.next(); c {
	case '{', '[':
		if p.depth++; p.depth > maxNesting {
			return nil, fmt.Errorf("is nested more than %d deep", maxNesting)
		}
		defer func() { p.depth-- }()
		p.at++
		if c == '{' {
			return p.object()
		}
		return p.array()
	case '"':
		return p.string()
	case 0:
		return nil, errors.New("ends early")
	}
	return p.word()
}

func (p *parser) object() (any, error) {
	fields := map[string]any{}
	if p.take('}') {
		return fields, nil
	}
	for {
		if p.next() != '"' {
			return nil, errors.New("lacks a key in quotes")
		}
		key, err := p.string()
		if err != nil {
			return nil, err
		}
		if !p.take(':') {
			return nil, errors.New("lacks a colon")
		}
		if fields[key], err = p.value(); err != nil {
			return nil, err
		}
		if p.take('}') {
			return fields, nil
		}
		if !p.take(',') {
			return nil, errors.New("lacks a comma")
		}
	}
}

func (p *parser) array() (any, error) {
	list := []any{}
	if p.take(']') {
		return list, nil
	}
	for {
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		if p.take(']') {
			return list, nil
		}
		if !p.take(',') {
			return nil, errors.New("lacks a comma")
		}
	}
}

// string reads a string from its opening quote on.
func (p *parser) string() (string, error) {
	start, escaped := p.at, false
	for i := start + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.at = i + 1
			if !escaped && utf8.ValidString(p.text[start+1:i]) {
				return p.text[start+1 : i], nil
			}
			var s string
			err := json.Unmarshal([]byte(p.text[start:p.at]), &s)
			return s, err
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			p.at = i
			return "", errors.New("has a string that is not closed in its line")
		}
	}
	return "", errors.New("has a string without an end")
}

// word reads a number, true, false, null, or what is no finite number.
func (p *parser) word() (any, error) {
	end := p.at
	for end < len(p.text) && !strings.ContainsRune(" \t\n\r,:]}[{\"", rune(p.text[end])) {
		end++
	}
	word := p.text[p.at:end]
	switch word {
	case "true", "false":
		p.at = end
		return word == "true", nil
	case "null":
		p.at = end
		return nil, nil
	}
	for _, known := range notFinites {
		if word == string(known) {
			p.at = end
			return known, nil
		}
	}
	const longestNumber = 400 // digits of the largest double and a fraction
	if len(word) == 0 || len(word) > longestNumber || strings.IndexByte("-0123456789", word[0]) < 0 ||
		!json.Valid([]byte(word)) {
		return nil, fmt.Errorf("has %.40q where a value should stand", word)
	}
	p.at = end
	return json.Number(word), nil
}

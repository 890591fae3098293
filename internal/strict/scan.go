package strict

import (
	"strconv"
	"strings"
)

// keyLines finds the line of every key of a TOML document that has already parsed, by its path:
// "hardware.gpus", "sweep[1].values", "workload.synthetic.arrival.rate". Being sure of the syntax, it only
// needs to tell keys from values: the parser itself keeps no positions of the elements of an array of tables.
func keyLines(text string) map[string]int {
	s := scanner{text: text, line: 1, lines: map[string]int{}, arrays: map[string]int{}}
	for s.skipBlank(); s.more(); s.skipBlank() {
		if s.text[s.at] == '[' {
			s.header()
		} else {
			s.pair(s.table)
		}
	}
	return s.lines
}

type scanner struct {
	text   string
	at     int
	line   int
	table  string // path of the table that pairs now belong to
	lines  map[string]int
	arrays map[string]int // length so far of each array of tables, by its path
}

func (s *scanner) more() bool { return s.at < len(s.text) }

// step moves over one byte and counts lines.
func (s *scanner) step() {
	if s.text[s.at] == '\n' {
		s.line++
	}
	s.at++
}

// skipBlank moves over white space, line ends, commas and comments.
func (s *scanner) skipBlank() {
	for s.more() {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n', ',':
			s.step()
		case '#':
			for s.more() && s.text[s.at] != '\n' {
				s.at++
			}
		default:
			return
		}
	}
}

// header reads [table] or [[array of tables]].
func (s *scanner) header() {
	array := strings.HasPrefix(s.text[s.at:], "[[")
	s.at++
	if array {
		s.at++
	}
	keys := s.keys()
	for s.more() && s.text[s.at] == ']' {
		s.at++
	}
	path := ""
	for i, key := range keys {
		path = join(path, key)
		if i == len(keys)-1 && array {
			s.note(path)
			s.arrays[path]++
		}
		if n := s.arrays[path]; n > 0 {
			path = index(path, n-1)
		}
	}
	s.note(path)
	s.table = path
}

// pair reads key = value under the table at path.
func (s *scanner) pair(path string) {
	start := s.at
	for _, key := range s.keys() {
		path = join(path, key)
		s.note(path)
	}
	s.skipBlank()
	if s.more() && s.text[s.at] == '=' {
		s.at++
	}
	s.value(path)
	if s.at == start { // not TOML after all: never stand still
		s.step()
	}
}

// keys reads a dotted key.
func (s *scanner) keys() []string {
	var keys []string
	for {
		s.skipBlank()
		if !s.more() {
			return keys
		}
		if c := s.text[s.at]; c == '"' || c == '\'' {
			keys = append(keys, s.quoted())
		} else {
			start := s.at
			for s.more() && !strings.ContainsRune(" \t\r\n.=]#\"'", rune(s.text[s.at])) {
				s.at++
			}
			keys = append(keys, s.text[start:s.at])
		}
		s.skipBlank()
		if !s.more() || s.text[s.at] != '.' {
			return keys
		}
		s.at++
	}
}

// value moves over a value and notes the keys of the inline tables in it.
func (s *scanner) value(path string) {
	s.skipBlank()
	if !s.more() {
		return
	}
	switch s.text[s.at] {
	case '"', '\'':
		s.quoted()
	case '[':
		s.at++
		s.skipBlank()
		for i := 0; s.more() && s.text[s.at] != ']'; i++ {
			start := s.at
			s.note(index(path, i))
			s.value(index(path, i))
			if s.at == start {
				s.step()
			}
			s.skipBlank()
		}
		s.close()
	case '{':
		s.at++
		s.skipBlank()
		for s.more() && s.text[s.at] != '}' {
			s.pair(path)
			s.skipBlank()
		}
		s.close()
	default:
		for s.more() && !strings.ContainsRune(",]}#\r\n", rune(s.text[s.at])) {
			s.at++
		}
	}
}

func (s *scanner) close() {
	if s.more() {
		s.at++
	}
}

// quoted moves over a string of any of the four kinds and returns what lies between its quotes.
func (s *scanner) quoted() string {
	quote := s.text[s.at : s.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], triple) {
		quote = triple
	}
	s.at += len(quote)
	start := s.at
	for s.more() && !strings.HasPrefix(s.text[s.at:], quote) {
		if s.text[s.at] == '\\' && quote[0] == '"' {
			s.step()
		}
		if s.more() {
			s.step()
		}
	}
	inside := s.text[start:s.at]
	for s.more() && s.text[s.at] == quote[0] && (len(quote) == 3 || s.at-start == len(inside)) {
		s.at++ // a triple quote may follow up to two quotes that belong to the text
	}
	return inside
}

// note remembers where path was first written.
func (s *scanner) note(path string) {
	if _, known := s.lines[path]; !known {
		s.lines[path] = s.line
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

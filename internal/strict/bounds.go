package strict

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
)

// Bounds of a document, far above any real one. The parser's memory grows with the square of the depth and
// with the product of the number of keys and the length of their paths.
const (
	maxDepth  = 64      // of tables and arrays in each other, each part of a dotted key being a table
	maxValues = 100_000 // keys, headers and elements of arrays
	maxPath   = 1024    // bytes of a key with those of the tables around it
)

// CheckBounds refuses a text that is larger, deeper or fuller than any document, before anybody parses it. It
// need not be TOML: the check tells keys from values as far as the parser would get.
func CheckBounds(file string, data []byte) error {
	if len(data) > bounded.TOML {
		return &fault.Error{File: file, Wrong: fmt.Sprintf("has %d bytes", len(data)), Right: fmt.Sprintf("use at most %d", bounded.TOML)}
	}
	g := gauge{text: data, line: 1, atKey: true}
	if wrong, right := g.run(); wrong != "" {
		return &fault.Error{File: file, Line: g.line, Key: g.statement(), Wrong: wrong, Right: right}
	}
	return nil
}

// place is a table or an array that the gauge is in, or a header.
type place struct {
	table bool
	depth int // levels from the top of the file
	path  int // bytes of the keys from there
}

// gauge measures a text from its beginning.
type gauge struct {
	text   []byte
	at     int
	line   int
	start  int     // of the key or header outside all brackets that was met last
	values int     // so far
	header place   // that pairs belong to
	open   []place // brackets, the innermost last
	atKey  bool    // a key may begin here
	key    place   // whose value comes
}

// statement is the key or header that was begun last, where it is short enough to be shown.
func (g *gauge) statement() string {
	text, _, _ := bytes.Cut(g.text[g.start:], []byte("\n"))
	text, _, _ = bytes.Cut(text, []byte("="))
	text = bytes.Trim(text, " \t\r[]")
	if len(text) > 60 || !bareKeys(text) {
		return ""
	}
	return string(text)
}

// bareKeys tells whether a text is made of what bare keys and the dots between them are made of.
func bareKeys(text []byte) bool {
	for _, c := range text {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", rune(c)) {
			return false
		}
	}
	return true
}

// run measures the whole text, and says what is wrong with the first thing that is out of bounds.
func (g *gauge) run() (wrong, right string) {
	for g.at < len(g.text) {
		deepest := g.step()
		switch {
		case deepest.depth > maxDepth:
			return fmt.Sprintf("nests tables and arrays more than %d deep", maxDepth), "use fewer levels"
		case deepest.path > maxPath:
			return fmt.Sprintf("has a key of more than %d bytes, with the tables around it", maxPath), "use shorter names"
		case g.values > maxValues:
			return fmt.Sprintf("is beyond the first %d keys and values", maxValues), "use fewer"
		}
	}
	return "", ""
}

// step moves over a key, a string, a comment or a byte, and says how deep it is there.
func (g *gauge) step() place {
	switch c := g.text[g.at]; c {
	case ' ', '\t', '\r':
		g.at++
	case '\n':
		g.line++
		g.at++
		g.atKey = len(g.open) == 0 || g.open[len(g.open)-1].table
	case '#':
		g.comment()
	case ',':
		g.at++
		g.values++
		g.atKey = len(g.open) > 0 && g.open[len(g.open)-1].table
	case '[', '{':
		return g.bracket(c)
	case ']', '}':
		g.at++
		if len(g.open) > 0 {
			g.open = g.open[:len(g.open)-1]
		}
		g.atKey = false
	default:
		return g.other(c)
	}
	return place{}
}

// other moves over a key or over part of a value.
func (g *gauge) other(c byte) place {
	switch {
	case g.atKey:
		g.atKey = false
		if len(g.open) == 0 {
			g.start = g.at
		}
		g.key = g.keys(g.around())
		return g.key
	case c == '"' || c == '\'':
		g.quoted()
	default:
		g.at++
	}
	return place{}
}

// around is the place that a key belongs to.
func (g *gauge) around() place {
	if len(g.open) > 0 {
		return g.open[len(g.open)-1]
	}
	return g.header
}

// bracket opens an array, an inline table or a header.
func (g *gauge) bracket(c byte) place {
	if c == '[' && g.atKey && len(g.open) == 0 {
		g.start = g.at
		for g.at < len(g.text) && g.text[g.at] == '[' && g.at < g.start+2 {
			g.at++
		}
		g.atKey = false
		g.header = g.keys(place{})
		return g.header
	}
	g.at++
	in := g.key
	if len(g.open) > 0 && !g.open[len(g.open)-1].table {
		in = g.open[len(g.open)-1] // an element of an array
	}
	in.table = c == '{'
	in.depth++
	g.open = append(g.open, in)
	g.atKey = in.table
	return in
}

// keys moves over a dotted key within a place, up to its = or ].
func (g *gauge) keys(in place) place {
	g.values++
	in.depth++
	for g.at < len(g.text) && in.depth <= maxDepth && in.path <= maxPath {
		switch g.text[g.at] {
		case '=', ']', '\n', '{', '}', ',', '#':
			return in
		case '.':
			in.depth++
			g.at++
		case '"', '\'':
			before := g.at
			g.quoted()
			in.path += g.at - before
		default:
			in.path++
			g.at++
		}
	}
	return in
}

func (g *gauge) comment() {
	for g.at < len(g.text) && g.text[g.at] != '\n' {
		g.at++
	}
}

// quoted moves over a string of any of the four kinds. One in single quotes of either kind ends with its line
// at the latest.
func (g *gauge) quoted() {
	quote := g.text[g.at : g.at+1]
	if triple := bytes.Repeat(quote, 3); bytes.HasPrefix(g.text[g.at:], triple) {
		quote = triple
	}
	for g.at += len(quote); g.at < len(g.text) && !bytes.HasPrefix(g.text[g.at:], quote); g.at++ {
		if g.text[g.at] == '\\' && quote[0] == '"' && g.at+1 < len(g.text) {
			g.at++
		}
		if g.text[g.at] == '\n' {
			if len(quote) == 1 {
				return
			}
			g.line++
		}
	}
	end := min(g.at+len(quote), len(g.text))
	for g.at = end; len(quote) == 3 && g.at < min(end+2, len(g.text)) && g.text[g.at] == quote[0]; {
		g.at++ // a triple quote may follow up to two quotes that belong to the text
	}
}

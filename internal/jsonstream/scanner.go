package jsonstream

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Error is where a document is not what was expected of it.
type Error struct {
	Line int
	Err  error // what is wrong, or the stream's own error
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap gives the stream's own error to errors.Is.
func (e *Error) Unwrap() error { return e.Err }

// maxDepth is how deep values may stand in each other; real documents need fewer than 20 levels.
const maxDepth = 512

// Scanner reads a stream of JSON values. After an error it returns only that.
type Scanner struct {
	in   *bufio.Reader
	line int
	raw  []byte // reused
	err  error
}

// New reads a stream from its first line.
func New(in io.Reader) *Scanner { return &Scanner{in: bufio.NewReaderSize(in, 64<<10), line: 1} }

// Line is the line on which the stream is being read, from 1.
func (s *Scanner) Line() int { return s.line }

func (s *Scanner) fail(format string, args ...any) error {
	return s.stop(fmt.Errorf(format, args...))
}

func (s *Scanner) stop(err error) error {
	if s.err == nil {
		s.err = &Error{Line: s.line, Err: err}
	}
	return s.err
}

// byte takes the next byte. The end of the stream is an error here.
func (s *Scanner) byte() (byte, error) {
	if s.err != nil {
		return 0, s.err
	}
	c, err := s.in.ReadByte()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the document ends in the middle")
		}
		return 0, s.stop(err)
	}
	if c == '\n' {
		s.line++
	}
	return c, nil
}

// Peek is the first byte of the next value or bracket, past blanks; 0 at the end of the stream, or where it
// cannot be read.
func (s *Scanner) Peek() byte {
	for s.err == nil {
		next, err := s.in.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return 0
		case err != nil:
			s.stop(err)
			return 0
		case next[0] != ' ' && next[0] != '\t' && next[0] != '\r' && next[0] != '\n':
			return next[0]
		}
		_, _ = s.byte()
	}
	return 0
}

// Err is the error that ended the stream; nil at a clean end.
func (s *Scanner) Err() error { return s.err }

// take moves over c, which must come next.
func (s *Scanner) take(c byte) error {
	switch next := s.Peek(); {
	case s.err != nil:
		return s.err
	case next == 0:
		return s.fail("the document ends where %q belongs", c)
	case next != c:
		return s.fail("%q stands where %q belongs", next, c)
	}
	_, err := s.byte()
	return err
}

// Object calls use for each key of the object that comes next; use must take the key's value.
func (s *Scanner) Object(use func(key string) error) error {
	if err := s.take('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		if s.Peek() == '}' {
			return s.take('}')
		}
		if !first {
			if err := s.take(','); err != nil {
				return err
			}
		}
		key, err := s.Text(maxKey)
		if err != nil {
			return err
		}
		if err := s.take(':'); err != nil {
			return err
		}
		if err := use(key); err != nil {
			return s.stop(err)
		}
	}
}

// maxKey is the longest key that is believed, in bytes.
const maxKey = 64 << 10

// Array calls use before each element of the array that comes next; use must take the element.
func (s *Scanner) Array(use func() error) error {
	for more, err := s.Element(true); ; more, err = s.Element(false) {
		if err != nil || !more {
			return err
		}
		if err := use(); err != nil {
			return s.stop(err)
		}
	}
}

// Skip moves over the next value.
func (s *Scanner) Skip() error {
	_, err := s.value(nil, false, math.MaxInt)
	return err
}

// Raw is the next value as it is written, valid until the following call. It is an error if it has more than
// most bytes.
func (s *Scanner) Raw(most int) ([]byte, error) {
	var err error
	s.raw, err = s.value(s.raw[:0], true, most)
	return s.raw, err
}

// value moves over the next value, and appends it to text where that is kept.
func (s *Scanner) value(text []byte, kept bool, most int) ([]byte, error) {
	var open [maxDepth]byte // brackets that wait for their end
	for depth := 0; ; {
		c := s.Peek()
		if c == 0 {
			if s.err == nil {
				_, _ = s.byte()
			}
			return text, s.err
		}
		var err error
		switch c {
		case '{', '[':
			if depth == maxDepth {
				return text, s.fail("values stand in each other more than %d deep", maxDepth)
			}
			open[depth] = c + 2 // its end, in ASCII
			depth++
			c, err = s.byte()
			text = keep(text, c, kept)
		case '}', ']', ',', ':':
			switch {
			case depth == 0:
				return text, s.fail("%q stands where a value belongs", c)
			case (c == '}' || c == ']') && open[depth-1] != c:
				return text, s.fail("%q stands where %q belongs", c, open[depth-1])
			case c == '}' || c == ']':
				depth--
			}
			c, err = s.byte()
			text = keep(text, c, kept)
		case '"':
			text, err = s.quoted(text, kept, most)
		default:
			text, err = s.word(text, kept)
		}
		if err != nil {
			return text, err
		}
		if len(text) > most {
			return text, s.fail("the value has more than %d bytes", most)
		}
		if depth == 0 {
			return text, nil
		}
	}
}

func keep(text []byte, c byte, kept bool) []byte {
	if kept {
		return append(text, c)
	}
	return text
}

// quoted moves over a string, quotes and escapes as they stand.
func (s *Scanner) quoted(text []byte, kept bool, most int) ([]byte, error) {
	for i, escaped := 0, false; ; i++ {
		c, err := s.byte()
		if err != nil {
			return text, err
		}
		text = keep(text, c, kept)
		if len(text) > most {
			return text, s.fail("the value has more than %d bytes", most)
		}
		switch {
		case i == 0:
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			return text, nil
		}
	}
}

// longestWord is more than any number or literal has.
const longestWord = 1 << 10

// word moves over a number, true, false, null, NaN or Infinity.
func (s *Scanner) word(text []byte, kept bool) ([]byte, error) {
	for n := 0; ; n++ {
		next, err := s.in.Peek(1)
		if err != nil && !errors.Is(err, io.EOF) {
			return text, s.stop(err)
		}
		if len(next) == 0 || ends(next[0]) {
			return text, nil
		}
		if n == longestWord {
			return text, s.fail("a number of more than %d digits", longestWord)
		}
		c, err := s.byte()
		if err != nil {
			return text, err
		}
		text = keep(text, c, kept)
	}
}

func ends(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', '}', ']', '{', '[', ':', '"':
		return true
	}
	return false
}

// Text is the next value, which must be a string of at most so many bytes.
func (s *Scanner) Text(most int) (string, error) {
	if c := s.Peek(); c != '"' {
		if s.err != nil {
			return "", s.err
		}
		return "", s.fail("%q stands where a string belongs", c)
	}
	raw, err := s.Raw(most)
	if err != nil {
		return "", err
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", s.fail("%.40q is not a string", raw)
	}
	return text, nil
}

// Number is the next value: a number, one in quotes, or NaN where there is none (null, NaN, a word).
func (s *Scanner) Number() (float64, error) {
	if c := s.Peek(); c == '{' || c == '[' {
		return 0, s.fail("%q stands where a number belongs", c)
	}
	raw, err := s.Raw(longestWord)
	if err != nil {
		return 0, err
	}
	if n := len(raw); n > 1 && raw[0] == '"' {
		raw = raw[1 : n-1]
	}
	number, err := strconv.ParseFloat(string(raw), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return math.NaN(), nil
	}
	return number, nil
}

package results

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPrintedLine is the longest line of a log that is read; progress bars overwrite one line again and again.
const maxPrintedLine = 16 << 20

// lines takes what a program printed line by line, without colours.
func (d *document) lines(take func(line string)) error {
	all := newLines(d.in)
	for all.Scan() {
		take(plainLine(all.Text()))
	}
	return lineFault(all.Err())
}

func newLines(in io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxPrintedLine)
	return lines
}

func lineFault(err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("has a line of more than %d bytes", maxPrintedLine)
	}
	return err
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// plainLine is a line as one sees it.
func plainLine(line string) string {
	if strings.Contains(line, "\x1b[") {
		return colours.ReplaceAllString(line, "")
	}
	return line
}

// Find is the format of a file, by its beginning, or, where that is no table and no JSON, by a report that a
// benchmark printed somewhere in it; and the file from there on. The format is nil where it is none of these.
func Find(from io.Reader) (*Format, io.Reader) {
	in := bufio.NewReaderSize(from, HeadBytes)
	begin, _ := in.Peek(HeadBytes)
	if f := Recognise(begin); f != nil {
		return f, in
	}
	if newHead(begin).keys != nil {
		return nil, in
	}
	return Printed(in)
}

// Printed finds a report that a benchmark printed beyond the beginning of a log: its format, and the log from
// there on; nil where there is none.
func Printed(in io.Reader) (*Format, io.Reader) {
	lines := bufio.NewReaderSize(in, 64<<10)
	length := 0 // of the present line, as far as it was read
	for {
		line, err := lines.ReadSlice('\n') // of longer ones a piece at a time
		length += len(line)
		if !utf8.Valid(line) && err == nil || bytes.IndexByte(line, 0) >= 0 || length > maxPrintedLine {
			return nil, nil
		}
		if err == nil {
			length = 0
		}
		h := &head{text: line}
		for _, f := range formats() {
			if f.printed && f.begins(h) {
				start := strings.NewReader(string(line))
				return &f, io.MultiReader(start, lines)
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, nil
		}
	}
}

// labelled parts a line "name: value" where it has a name that is wanted, whatever stands before that, such
// as a time or the # of a comment.
func labelled(line string, wanted map[string]int) (which int, value string, is bool) {
	name, value, found := cutLast(line, ":")
	if !found {
		return 0, "", false
	}
	if which, is = wanted[name]; is {
		return which, value, true
	}
	for label, which := range wanted {
		before, ends := strings.CutSuffix(name, label)
		if !ends {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		if last == ' ' && prefixed(before) || last != ' ' && !unicode.IsLetter(last) {
			return which, value, true
		}
	}
	return 0, "", false
}

// prefixed tells whether what stands before a name is no part of it: a time, or something in brackets.
func prefixed(before string) bool {
	before = strings.TrimSpace(before)
	last, _ := utf8.DecodeLastRuneInString(before)
	return before == "" || unicode.IsDigit(last) || strings.ContainsRune("])>:|-│", last)
}

// cutLast parts a line at the last of a mark; what begins it, such as the # of a comment, is no part of the
// name.
func cutLast(line, mark string) (name, value string, found bool) {
	at := strings.LastIndex(line, mark)
	if at < 0 {
		return "", "", false
	}
	return strings.TrimLeft(strings.TrimSpace(line[:at]), "# "), strings.TrimSpace(line[at+len(mark):]), true
}

// figure is the first number of a printed value, which may have commas for thousands and a unit.
func figure(value string) float64 {
	first, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	return measured(strings.ReplaceAll(first, ",", ""))
}

// told is what a benchmark was told, as a log has its command or Python's Namespace of it; of what is told
// twice the last.
type told map[string]string

var (
	toldFlags = regexp.MustCompile(`--([a-z][a-z_-]*)[ =]+("[^"]*"|'[^']*'|[0-9]+(?: +[0-9]+)+|[^\s'"\\-][^\s'"\\]*)`)
	toldNames = regexp.MustCompile(`\b([a-z][a-z_]*)=('[^']*'|\[[^\]]*\]|\([^)]*\)|[^\s,()]+)`)
	toldKeys  = map[string]string{"model": "model", "model_path": "model", "input_len": "input", "random_input_len": "input",
		"random_input": "input", "output_len": "output", "random_output_len": "output", "random_output": "output",
		"batch_size": "batch", "batch": "batch", "concurrency": "users", "max_concurrency": "users", "request_rate": "rate", "num_prompts": "requests"}
)

// take takes note of what a line tells.
func (t told) take(line string) {
	var all [][]string
	if strings.Contains(line, "Namespace(") || strings.Contains(line, "Args(") {
		all = toldNames.FindAllStringSubmatch(line, -1)
	} else if strings.Contains(line, "--") {
		all = toldFlags.FindAllStringSubmatch(line, -1)
	}
	for _, pair := range all {
		key := toldKeys[strings.ReplaceAll(pair[1], "-", "_")]
		if value := strings.Trim(pair[2], `"'`); key != "" && value != "None" {
			t[key] = value
		}
	}
}

// number is what is told as a number; NaN where it is none, or a list.
func (t told) number(key string) float64 { return measured(strings.Trim(t[key], "[](),")) }

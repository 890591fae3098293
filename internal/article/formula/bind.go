package formula

import (
	"go/scanner"
	"go/token"
	"strconv"
	"strings"
)

// Bind writes an expression with its names replaced by their values, so that it can be read without the table
// that they come from.
func Bind(text string, values map[string]any) string {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, []byte(text), nil, 0)
	var b strings.Builder
	written := 0
	for {
		at, kind, name := s.Scan()
		if kind == token.EOF {
			return b.String() + text[written:]
		}
		value, known := values[name]
		if kind != token.IDENT || !known {
			continue
		}
		from := file.Offset(at)
		b.WriteString(text[written:from])
		switch v := value.(type) {
		case float64:
			b.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
		case string:
			b.WriteString(strconv.Quote(v))
		}
		written = from + len(name)
	}
}

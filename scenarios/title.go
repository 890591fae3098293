package scenarios

import "strings"

// Title is the first line of a scenario's leading comment; empty where it has none.
func Title(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	title, ok := strings.CutPrefix(line, "#")
	if !ok {
		return ""
	}
	return strings.TrimSpace(title)
}

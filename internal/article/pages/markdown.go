package pages

import (
	"bufio"
	"strings"

	"github.com/roofserve/roofserve/internal/article/claims"
)

// writeTable writes a table. A bar within a cell would end it, so it is escaped.
func writeTable(out *bufio.Writer, columns []string, rows [][]string) {
	line := func(cells []string) {
		for _, cell := range cells {
			out.WriteString("| ")
			out.WriteString(strings.ReplaceAll(cell, "|", `\|`))
			out.WriteString(" ")
		}
		out.WriteString("|\n")
	}
	line(columns)
	out.WriteString(strings.Repeat("|---", len(columns)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	out.WriteString("\n")
}

// literal takes the meaning from characters that Markdown gives one.
var literal = strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;", "[", `\[`, "#", `\#`, "~", `\~`)

// code is a span of program text; empty text has none.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// marks make verdicts stand out in a long column.
var marks = map[claims.Verdict]string{
	claims.Holds: "✓ ", claims.Corrected: "≈ ", claims.Assumes: "? ", claims.Contradicts: "≠ ",
	claims.Refuted: "✗ ", claims.NotReproduced: "✗ ", claims.Impossible: "✗ ", claims.NotServing: "· ",
}

func verdict(v claims.Verdict) string { return marks[v] + v.String() }

package results

import (
	"bytes"
	"math"
	"regexp"
	"strings"
)

// llamaSQL is what llama-bench writes for a database.
var llamaSQL = Format{
	Name:    "llama-bench, SQL",
	About:   "`-o sql`: as of `-o json`",
	Source:  "github.com/ggml-org/llama.cpp, tools/llama-bench/README.md",
	printed: true,
	begins: func(h *head) bool {
		return bytes.Contains(h.text, []byte("CREATE TABLE IF NOT EXISTS llama_bench")) || llamaInsert.Match(h.text)
	},
	read: func(d *document) error {
		last := llamaTest{prompt: math.NaN(), input: math.NaN()}
		return d.lines(func(line string) {
			m := llamaInsert.FindStringSubmatch(line)
			if m == nil {
				return
			}
			row := map[string]string{}
			values := strings.Split(strings.Trim(m[2], "' "), "', '") // every value is a text in quotes
			for i, name := range strings.Split(m[1], ", ") {
				if i < len(values) {
					row[name] = values[i]
				}
			}
			if asked, generated := measured(row["n_prompt"]), measured(row["n_gen"]); asked >= 0 && generated >= 0 {
				last.add(d, asked, generated, measured(row["avg_ns"]), row["model_filename"])
			}
		})
	},
}

var llamaInsert = regexp.MustCompile(`(?m)^INSERT INTO llama_bench \(([^)]*)\) VALUES \((.*)\);`)

package results

import (
	"bytes"
	"strings"
)

// llamaPrinted is the tables that llama.cpp's llama-bench and llama-batched-bench print.
var llamaPrinted = Format{
	Name: "llama-bench and llama-batched-bench, printed",
	About: "the tables of `pp512` and `tg128`, of one sequence, and those of `PP`, `TG`, `B` sequences: the time of a prompt, or of those of " +
		"a batch, and of a token; the engine is another than those computed here",
	Source:  "github.com/ggml-org/llama.cpp, tools/llama-bench/README.md, tools/batched-bench/README.md",
	printed: true,
	begins: func(h *head) bool {
		for _, line := range bytes.Split(h.text, []byte("\n")) {
			if bytes.Contains(line, []byte("|")) && isLlamaHeader(tableCells(string(line))) {
				return true
			}
		}
		return false
	},
	read: func(d *document) error {
		var columns []string
		prompt := Means{}
		return d.lines(func(line string) {
			cells := tableCells(line)
			if isLlamaHeader(cells) {
				columns, prompt = cells, unmeasured()
				return
			}
			row := map[string]string{}
			for i, cell := range cells {
				if i < len(columns) {
					row[columns[i]] = cell
				}
			}
			switch {
			case row["T_TG s"] != "":
				d.batchedRow(row)
			case row["t/s"] != "":
				d.singleRow(row, &prompt)
			}
		})
	},
}

// tableCells are the cells of a line of a table; none where it is no such line.
func tableCells(line string) []string {
	line = strings.TrimSpace(strings.TrimLeft(line, "# "))
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// isLlamaHeader tells whether cells are the names of the columns of either table.
func isLlamaHeader(cells []string) bool {
	found := map[string]bool{}
	for _, cell := range cells {
		found[cell] = true
	}
	return found["model"] && found["test"] && found["t/s"] || found["PP"] && found["TG"] && found["T_TG s"]
}

// singleRow takes a row of llama-bench: prompts alone, which hold for the answers after them, or answers.
func (d *document) singleRow(row map[string]string, prompt *Means) {
	test, _, _ := strings.Cut(row["test"], " ")
	rate := figure(row["t/s"])
	switch kind, tokens := test[:min(2, len(test))], measured(test[min(2, len(test)):]); {
	case !(tokens > 0) || !(rate > 0):
	case kind == "pp":
		prompt.Input, prompt.TTFT = tokens, 1e3*tokens/rate
	case kind == "tg":
		r := d.run()
		r.Model, r.Engine, r.Concurrency = row["model"], "llama.cpp", 1
		r.Means = Means{Requests: 1, Input: or(prompt.Input, 1), Output: tokens, TTFT: prompt.TTFT,
			TPOT: 1e3 / rate}
	}
}

// batchedRow takes a row of llama-batched-bench.
func (d *document) batchedRow(row map[string]string) {
	tokens, sequences := figure(row["TG"]), figure(row["B"])
	prompt, answer := figure(row["T_PP s"]), figure(row["T_TG s"])
	if !(tokens > 0) || !(answer > 0) {
		return
	}
	r := d.run()
	r.Engine, r.Concurrency = "llama.cpp", whole(or(sequences, 1))
	r.Means = Means{Requests: r.Concurrency, Input: figure(row["PP"]), Output: tokens, TTFT: 1e3 * prompt,
		TPOT: 1e3 * answer / tokens}
}

// llamaBatched is what llama-batched-bench writes, a batch a line.
var llamaBatched = Format{
	Name:   "llama-batched-bench",
	About:  "`--output-format jsonl`: of each batch the time of its prompts and of a token; the engine is another than those computed here",
	Source: "github.com/ggml-org/llama.cpp, tools/batched-bench/README.md",
	begins: func(h *head) bool { return !h.array && h.has("pp", "tg", "pl", "t_pp", "t_tg") },
	read: func(d *document) error {
		for d.Peek() != 0 {
			r, seconds := d.run(), 0.0
			r.Engine = "llama.cpp"
			m := &r.Means
			err := d.object(fields{"pp": d.number(&m.Input), "tg": d.number(&m.Output), "pl": d.count(&r.Concurrency),
				"t_pp": d.scaled(&m.TTFT, 1e3), "t_tg": d.number(&seconds)})
			if err != nil {
				return err
			}
			m.Requests, m.TPOT = r.Concurrency, 1e3*seconds/m.Output
		}
		return nil
	},
}

package fidelity

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/workloads/results"
)

// column is one column that a measurements file may have.
type column struct {
	name     string
	required bool
	parse    func(*Row, string) error
}

// columns lists them in the order of silicon's endtoend file.
var columns = []column{
	{"model", true, text(func(r *Row) *string { return &r.Model })},
	{"system", true, text(func(r *Row) *string { return &r.System })},
	{"gpus", true, whole(func(r *Row) *int { return &r.GPUs })},
	{"engine", true, text(func(r *Row) *string { return &r.Engine })},
	{"engine_version", false, text(func(r *Row) *string { return &r.EngineVersion })},
	{"weights", false, text(func(r *Row) *string { return &r.Weights })},
	{"activations", false, text(func(r *Row) *string { return &r.Activations })},
	{"kv", false, text(func(r *Row) *string { return &r.KV })},
	{"gpu_memory_utilization", false, number(func(r *Row) *float64 { return &r.GPUMemoryUtilization })},
	{"tp", false, whole(func(r *Row) *int { return &r.TP })},
	{"pp", false, whole(func(r *Row) *int { return &r.PP })},
	{"dp_attention", false, whole(func(r *Row) *int { return &r.DPAttention })},
	{"ep", false, whole(func(r *Row) *int { return &r.EP })},
	{"isl", true, whole(func(r *Row) *int { return &r.InputTokens })},
	{"osl", true, whole(func(r *Row) *int { return &r.OutputTokens })},
	{"length_min_fraction", false, number(func(r *Row) *float64 { return &r.LengthMinFraction })},
	{"concurrency", false, whole(func(r *Row) *int { return &r.Concurrency })},
	{"rate", false, number(func(r *Row) *float64 { return &r.Rate })},
	{"prefix_pool", false, whole(func(r *Row) *int { return &r.PrefixPool })},
	{"requests", false, whole(func(r *Row) *int { return &r.Requests })},
	{"max_num_batched_tokens", false, whole(func(r *Row) *int { return &r.MaxNumBatchedTokens })},
	{"max_prefill_tokens", false, whole(func(r *Row) *int { return &r.MaxPrefillTokens })},
	{"chunked_prefill", false, whether(func(r *Row) **bool { return &r.ChunkedPrefill })},
	{"enforce_eager", false, whether(func(r *Row) **bool { return &r.EnforceEager })},
	{"mixed_chunk", false, whether(func(r *Row) **bool { return &r.MixedChunk })},
	{"max_num_seqs", false, whole(func(r *Row) *int { return &r.MaxNumSeqs })},
	{"max_model_len", false, whole(func(r *Row) *int { return &r.MaxModelLen })},
	{"num_gpu_blocks", false, whole(func(r *Row) *int { return &r.NumGPUBlocks })},
	{"ttft_ms", false, number(func(r *Row) *float64 { return &r.MeasuredTTFTMS })},
	{"tpot_ms", false, number(func(r *Row) *float64 { return &r.MeasuredTPOTMS })},
	{"output_tokens_per_s", false, number(func(r *Row) *float64 { return &r.MeasuredOutputRate })},
}

func text(field func(*Row) *string) func(*Row, string) error {
	return func(r *Row, cell string) error { *field(r) = cell; return nil }
}

func whole(field func(*Row) *int) func(*Row, string) error {
	return func(r *Row, cell string) error {
		n, err := strconv.Atoi(cell)
		if err != nil || n < 1 || n > 1e9 {
			return errors.New("use a whole number from 1 to 1000000000")
		}
		*field(r) = n
		return nil
	}
}

func number(field func(*Row) *float64) func(*Row, string) error {
	return func(r *Row, cell string) error {
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil || !(v > 0) || v > 1e12 {
			return errors.New("use a number above 0")
		}
		*field(r) = v
		return nil
	}
}

func whether(field func(*Row) **bool) func(*Row, string) error {
	return func(r *Row, cell string) error {
		switch cell {
		case "true", "false":
			is := cell == "true"
			*field(r) = &is
			return nil
		}
		return errors.New("use true or false")
	}
}

// Table is a measurements file that is held in memory.
type Table struct {
	Header []string
	Rows   []Row
}

// MostRows is the largest number of rows that a Table has.
const MostRows = 100_000

// TooMany is the fault of a file that no Table holds.
func TooMany(file string, line int) error {
	return &fault.Error{File: file, Line: line, Wrong: fmt.Sprintf("is beyond the first %d rows", MostRows), Right: "leave some out"}
}

// Open reads a measurements file, gzipped or not, as a whole.
func Open(file string) (*Table, error) { return ReadFile(file, Read) }

// Read parses measurements as a whole; file stands in messages.
func Read(file string, in io.Reader) (*Table, error) {
	table := &Table{}
	err := scan(file, in, func(header []string) { table.Header = header }, func(row *Row) error {
		if len(table.Rows) == MostRows {
			return TooMany(file, row.Line)
		}
		table.Rows = append(table.Rows, *row)
		return nil
	})
	return table, err
}

// Scan reads a measurements file, gzipped or not, row by row: start, which may be nil, is called with the
// header and use with each row in turn. It stops at the first error, also of use.
func Scan(file string, start func(header []string), use func(*Row) error) error {
	_, err := ReadFile(file, func(file string, in io.Reader) (struct{}, error) {
		return struct{}{}, scan(file, in, start, use)
	})
	return err
}

func scan(file string, in io.Reader, start func(header []string), use func(*Row) error) error {
	begin := bufio.NewReader(in)
	if c, _ := begin.Peek(1); string(c) == "{" || string(c) == "[" {
		return foreign(file, nil)
	}
	from := bounded.NewTable(begin)
	from.FieldsPerRecord = -1
	header, err := from.Read()
	if errors.Is(err, io.EOF) {
		return &fault.Error{File: file, Line: 1, Wrong: "has no header", Right: "begin with a line of column names", Err: err}
	}
	if err != nil {
		return unreadable(file, 1, err)
	}
	if err := foreign(file, header); err != nil {
		return err
	}
	order, err := match(file, header)
	if err != nil {
		return err
	}
	if start != nil {
		start(header)
	}
	return ReadRows(file, from, func(line int, cells []string) error {
		if len(cells) != len(order) {
			return &fault.Error{File: file, Line: line, Wrong: fmt.Sprintf("has %d cells", len(cells)),
				Right: fmt.Sprintf("the header has %d", len(order))}
		}
		row := parse(file, line, cells, order)
		return use(&row)
	})
}

// foreign is the fault of a file whose header has none of the columns that a table of measurements needs; nil
// where it has any.
func foreign(file string, header []string) error {
	for i := range columns {
		if columns[i].required && slices.ContainsFunc(header, columns[i].named) {
			return nil
		}
	}
	var known []string
	for _, f := range results.Formats() {
		known = append(known, f.Name)
	}
	return &fault.Error{File: file, Line: 1, Wrong: "is neither a table of measurements, which begins with its columns' names, nor a benchmark's result of a known kind",
		Right: "give one of: " + strings.Join(known, ", ")}
}

// Foreign is the fault of a file that begins as no table of measurements; nil where it may be one, or cannot
// be read.
func Foreign(file string) error {
	fault, err := ReadFile(file, func(file string, in io.Reader) (error, error) {
		header, err := bounded.NewTable(in).Read()
		if err != nil {
			header = nil
		}
		return foreign(file, header), nil
	})
	if err != nil {
		return nil
	}
	return fault
}

// named tells whether a cell of the header is the column's name.
func (c *column) named(cell string) bool {
	return strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff")) == c.name
}

// match finds the column of each cell. Unknown columns are kept but not read: a measurements file may say
// more.
func match(file string, header []string) ([]*column, error) {
	order := make([]*column, len(header))
	for i := range columns {
		c := &columns[i]
		at := slices.IndexFunc(header, c.named)
		switch {
		case at >= 0 && slices.ContainsFunc(header[at+1:], c.named):
			return nil, &fault.Error{File: file, Line: 1, Key: c.name, Wrong: "the column stands there twice", Right: "keep one of them"}
		case at >= 0:
			order[at] = c
		case c.required:
			return nil, &fault.Error{File: file, Line: 1, Key: c.name, Wrong: "the column is missing",
				Right: renamed(c.name, header)}
		}
	}
	return order, nil
}

// renamed says how a header gets a column that it lacks.
func renamed(name string, header []string) string {
	if nearest := names.Nearest(name, header); nearest != "" {
		return fmt.Sprintf("rename %q or add it", nearest)
	}
	return "add it"
}

// parse reads a row. One that cannot be used says why.
func parse(file string, line int, cells []string, order []*column) Row {
	row := Row{File: file, Line: line, Cells: cells, MeasuredTTFTMS: math.NaN(), MeasuredTPOTMS: math.NaN(),
		LengthMinFraction: 1, PP: 1, DPAttention: 1, EP: 1}
	for i, c := range order {
		cell := strings.TrimSpace(cells[i])
		if c == nil || cell == "" && !c.required {
			continue
		}
		err := c.parse(&row, cell)
		if cell == "" {
			row.unusable(c.name, "is empty", "this column must be filled")
		} else if err != nil {
			row.unusable(c.name, fmt.Sprintf("%q cannot be used", cell), err.Error())
		}
	}
	if row.TP == 0 {
		row.TP = max(1, row.GPUs/(row.PP*row.DPAttention))
	}
	switch {
	case row.Concurrency == 0 && row.Rate == 0:
		row.unusable("concurrency", "is empty", "say how many users there are, or the rate of requests")
	case row.Concurrency > 0 && row.Rate > 0:
		row.unusable("rate", "stands beside concurrency", "keep one of them")
	case row.Rate > 0 && row.Requests == 0:
		row.unusable("requests", "is empty", "say how many there are, as no users tell it")
	}
	if row.LengthMinFraction > 1 {
		row.unusable("length_min_fraction", "is above 1", "use a share of isl and osl")
	}
	return row
}

// unusable notes the first reason for which a row cannot be used.
func (r *Row) unusable(key, wrong, right string) {
	if r.Unusable == nil {
		r.Unusable = &fault.Error{File: r.File, Line: r.Line, Key: key, Wrong: wrong, Right: right}
	}
}

package splitwise

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fidelity"
)

// Engine is the profile of the engine that was measured.
const Engine = "vllm-2023"

// TestTP is the tensor parallelism that is left out of every fit.
const TestTP = 4

// columns that rows are read from.
var columns = []string{"hardware", "prompt_size", "batch_size", "token_size", "prompt_time", "token_time", "e2e_time", "tensor_parallel"}

// systems are the measured nodes by the name of their GPU.
var systems = map[string]string{"a100-80gb": "a100_sxm", "h100-80gb": "h100_sxm", capped: "h100_sxm"}

const capped = "h100-80gb-pcap"

// Table is a measurements file: rows to simulate, and those that say nothing, with the reason.
type Table struct {
	fidelity.Table
	Reasons []string // for each row why it is left out; empty where it is not
}

// recognise tells whether a header is that of Splitwise measurements.
func recognise(header []string) bool {
	for _, name := range columns {
		if !slices.Contains(header, name) {
			return false
		}
	}
	return true
}

// Holds tells whether a file, gzipped or not, has Splitwise measurements; false also where it cannot be read.
func Holds(file string) bool {
	holds, err := fidelity.ReadFile(file, func(_ string, in io.Reader) (bool, error) {
		header, err := bounded.NewTable(in).Read()
		return recognise(header), err
	})
	return err == nil && holds
}

// Read parses measurements; file stands in messages.
func Read(file string, in io.Reader) (*Table, error) {
	r := bounded.NewTable(in)
	header, err := r.Read()
	if err != nil || !recognise(header) {
		return nil, &fault.Error{File: file, Line: 1, Wrong: "is no header of Splitwise measurements", Right: fmt.Sprintf("name the columns %v", columns), Err: err}
	}
	table := &Table{Table: fidelity.Table{Header: header}}
	hardware := slices.Index(header, "hardware")
	return table, fidelity.ReadRows(file, r, func(line int, cells []string) error {
		if len(table.Rows) == fidelity.MostRows {
			return fidelity.TooMany(file, line)
		}
		row, err := parse(file, line, header, cells)
		table.Rows = append(table.Rows, row)
		table.Reasons = append(table.Reasons, reason(cells[hardware], &row))
		return err
	})
}

// parse reads one batch as a closed loop of as many users, each with one request.
func parse(file string, line int, header, cells []string) (fidelity.Row, error) {
	cell := func(name string) string { return cells[slices.Index(header, name)] }
	row := fidelity.Row{File: file, Line: line, Cells: cells, Model: "llama-2-70b", System: systems[cell("hardware")],
		Engine: Engine, GPUs: 8, Weights: "bf16", PP: 1, DPAttention: 1, EP: 1, LengthMinFraction: 1}
	if row.System == "" {
		return row, &fault.Error{File: file, Line: line, Key: "hardware", Wrong: fmt.Sprintf("unknown hardware %q", cell("hardware")), Right: "use a100-80gb, h100-80gb or " + capped}
	}
	numbers := map[string]float64{}
	for _, name := range columns[1:] {
		v, err := strconv.ParseFloat(cell(name), 64)
		if err != nil || !(v > 0) || v > 1e9 {
			return row, &fault.Error{File: file, Line: line, Key: name, Wrong: fmt.Sprintf("%q is out of range", cell(name)), Right: "use a number above 0"}
		}
		numbers[name] = v
	}
	row.TP = int(numbers["tensor_parallel"])
	row.GPUs = row.TP
	row.InputTokens = int(numbers["prompt_size"])
	row.Concurrency = int(numbers["batch_size"])
	row.Requests = row.Concurrency
	row.MeasuredTTFTMS, row.MeasuredTPOTMS = numbers["prompt_time"], numbers["token_time"]
	row.OutputTokens = generated(numbers)
	return row, nil
}

// outputGrain is what outputs are rounded to, so that repetitions of a batch are one simulation. Its keys
// take no time to speak of.
const outputGrain = 64

// generated is the number of tokens that each sequence of a batch got: token_size is the most that was asked
// for, and long outputs ended sooner, as the time of the whole batch tells.
func generated(numbers map[string]float64) int {
	steps := (numbers["e2e_time"] - numbers["prompt_time"]) / numbers["token_time"]
	tokens := outputGrain * int(math.Round((1+steps)/outputGrain))
	return max(outputGrain, min(int(numbers["token_size"]), tokens))
}

// reason tells why a row is left out.
func reason(hardware string, r *fidelity.Row) string {
	switch {
	case hardware == capped:
		return "power-capped: prompt_time is 1.3000 times the uncapped one in every row and token_time is the uncapped one, so that neither was measured"
	case r.TP == 2 && r.Concurrency == 64:
		return "TP 2 with batch 64: prompt_time is 6 to 9 times shorter than the data sheet's FLOP/s allow"
	default:
		return ""
	}
}

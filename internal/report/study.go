package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/compare"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

// Study is the JSON object of a comparison of architectures.
func Study(s *compare.Study) any {
	o := &object{}
	o.set("workload", s.Workload)
	o.set("slo", objectiveObjects(s.Objectives))
	o.set("batch", s.Batch)
	o.set("plan_rule", orGiven(s.Rule))
	o.set("devices", s.Devices)
	o.set("entries", s.Entries)
	o.set("crossings", append([]compare.Crossing{}, s.Crossings...))
	o.set("version", Version)
	return o
}

// StudyDocument lays a comparison out for people.
func StudyDocument(s *compare.Study) (*document.Document, error) {
	w := &s.Workload
	d := &document.Document{
		Title: joinNames(studyModels(s)) + " compared",
		Lead: fmt.Sprintf("Serving %s, %s requests with %s prompt and %s output tokens in the mean, within %s, on %s. Everything below is simulated.",
			w.Name, grouped(float64(w.Requests)), grouped(math.Round(w.MeanInput)), grouped(math.Round(w.MeanOutput)),
			objectivesText(s.Objectives), devicesText(s)) +
			" What is bold is the best, or cannot be told from it: predictions of both may be off by more than lies between them.",
		Tiles: studyTiles(s),
		Foot:  "Simulated by roofserve " + Version + ". Latencies are as vllm bench serve defines them; prices are the devices' list prices in its catalogue, for GPUs that are busy or not.",
	}
	d.Add("The models", document.Block{Text: "What each model keeps for a token, and the fewest GPUs whose memory holds it in the formats named."},
		document.Block{Table: modelsTable(s)})
	for _, part := range []func(*document.Document, *compare.Study) error{
		addSameLoad, addSameMemory, addPlans, addSameSLO, addCrossings, addLevers,
	} {
		if err := part(d, s); err != nil {
			return nil, err
		}
	}
	if notes := studyNotes(s); len(notes) > 0 {
		d.Add("What to know before trusting the numbers", document.Block{List: notes})
	}
	return d, nil
}

// studyModels are the names of the models compared.
func studyModels(s *compare.Study) []string {
	var names []string
	for _, e := range s.Entries {
		if !slices.Contains(names, e.Model) {
			names = append(names, e.Model)
		}
	}
	return names
}

// joinNames is "a, b and c".
func joinNames(names []string) string {
	text := ""
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += name
	}
	return text
}

func devicesText(s *compare.Study) string {
	names := make([]string, len(s.Devices))
	for i, d := range s.Devices {
		names[i] = fmt.Sprintf("%s at $%s an hour", d.Name, brief(d.PricePerHour))
	}
	return joinNames(names)
}

// entryName is a row's name: the model, and the device where there are several.
func entryName(s *compare.Study, e *compare.Entry) string {
	if len(s.Devices) == 1 {
		return e.Model
	}
	return e.Model + " · " + e.Device
}

// rowName heads an entry's row of a table.
func rowName(s *compare.Study, e *compare.Entry) document.Cell {
	c := document.Cell{Text: e.Model}
	if len(s.Devices) > 1 {
		c.Note = e.Device
	}
	return c
}

// comparedPlan is a plan after its number of GPUs: "16: 2 × (tp 8)".
func comparedPlan(p *compare.Placement) string {
	text := planText(&scenarios.Parallel{TP: p.TP, PP: p.PP, DP: p.DP, EP: p.EP})
	if p.Replicas > 1 {
		text = fmt.Sprintf("%d × (%s)", p.Replicas, text)
	}
	return fmt.Sprintf("%d: %s", p.GPUs, text)
}

func modelsTable(s *compare.Study) *document.Table {
	t := &document.Table{Columns: []string{"model", "parameters", "of a token", "KV bytes a token", "state a sequence", "longest context", "GPUs that hold it", "weights / KV"}}
	for i := range s.Entries {
		e := &s.Entries[i]
		t.Row(rowName(s, e), billions(e.Params), billions(e.ActiveParams), grouped(e.KVBytesPerToken),
			bytesText(e.StateBytes), grouped(float64(e.MaxContext)),
			comparedPlan(&e.Smallest), e.Smallest.Weights+" / "+e.Smallest.KV)
	}
	return t
}

func bytesText(b float64) string {
	switch {
	case b == 0:
		return "none"
	case b >= 1e9:
		return brief(b/1e9) + " GB"
	default:
		return brief(b/1e6) + " MB"
	}
}

// column is a numeric column of a comparison.
type column struct {
	name  string
	best  int // 1: the largest is best; -1: the smallest; 0: neither
	value func(*compare.Entry) (float64, bool)
	// doubt is half the width of its interval, as of HalfWidths; nil where it is counted.
	doubt func(*compare.Entry) float64
	note  func(*compare.Entry) string // what is to be known of it; nil and empty for nothing
}

// Half the widths of what is timed: as the answers are, or as the prompts.
var (
	ofAnswers = func(e *compare.Entry) float64 { return e.HalfWidths.TPOT }
	ofPrompts = func(e *compare.Entry) float64 { return e.HalfWidths.TTFT }
)

// lead is by how much one entry's number is better than another's, 0 where they cannot be told apart.
func (c *column) lead(e, other *compare.Entry, v, w float64) float64 {
	if c.doubt != nil && v > 0 && w > 0 {
		if tie := explain.Tie(c.doubt(e), c.doubt(other)); math.Abs(portable.Log(v/w)) < tie {
			return 0
		}
	}
	return float64(c.best) * (v - w)
}

// comparison is a table of a row for each entry with the best of each column marked, device by device.
func comparison(s *compare.Study, text string, describe func(*compare.Entry) string,
	columns []column) *document.Table {
	t := &document.Table{Columns: []string{"model", text}}
	for _, c := range columns {
		t.Columns = append(t.Columns, c.name)
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		row := []document.Cell{rowName(s, e), {Text: describe(e)}}
		for _, c := range columns {
			v, ok := c.value(e)
			cell := document.Cell{Text: "–"}
			if ok {
				cell.Text, cell.Best = brief(v), isBest(s, e, &c, v)
				if c.note != nil {
					cell.Note = c.note(e)
				}
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// isBest tells whether no other model on the device has a better number, and one has a worse: of numbers that
// can be told apart.
func isBest(s *compare.Study, e *compare.Entry, c *column, v float64) bool {
	worse := false
	for i := range s.Entries {
		other, ok := c.value(&s.Entries[i])
		if s.Entries[i].Device != e.Device || !ok {
			continue
		}
		lead := c.lead(e, &s.Entries[i], v, other)
		if lead < 0 {
			return false
		}
		worse = worse || lead > 0
	}
	return worse && c.best != 0
}

// ofOutcome reads a number of an outcome that may be missing.
func ofOutcome(of func(*compare.Entry) *compare.Outcome,
	value func(*compare.Outcome) float64) func(*compare.Entry) (float64, bool) {
	return func(e *compare.Entry) (float64, bool) {
		o := of(e)
		if o == nil {
			return 0, false
		}
		return value(o), true
	}
}

func objectiveObjects(objectives []capacity.Objective) []object {
	list := make([]object, 0, len(objectives))
	for _, o := range objectives {
		list = append(list, object{{"metric", o.Subject()}, {"max_ms", o.Limit}})
	}
	return list
}

// studyNotes are the entries' warnings, each once.
func studyNotes(s *compare.Study) []string {
	var notes []string
	for i := range s.Entries {
		for _, w := range s.Entries[i].Warnings {
			if !strings.Contains(w, s.Entries[i].Device) {
				w = s.Entries[i].Device + ": " + w
			}
			if !slices.Contains(notes, w) {
				notes = append(notes, w)
			}
		}
	}
	return notes
}

// StudyTable is the comparison's numbers, a row for each model on each device.
func StudyTable(s *compare.Study) figure.Table {
	t := figure.Table{Columns: []string{"model", "device", "params", "active_params", "kv_bytes_per_token", "state_bytes_per_sequence", "smallest_gpus",
		"same_load_gpus", "same_load_usd_per_million_output", "same_load_median_tpot_ms", "same_load_p99_ttft_ms",
		"same_gpus", "kv_pool_bytes_per_gpu", "sequences_at_mean_context", "batch_tpot_ms",
		"same_slo_requests_per_s", "same_slo_goodput_per_s", "same_slo_output_tokens_per_s", "same_slo_usd_per_million_output"}}
	if ranged(s) {
		t.Columns = append(t.Columns, "same_slo_requests_per_s_slower", "same_slo_requests_per_s_faster")
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		row := []string{e.Model, e.Device, figure.Cell(e.Params), figure.Cell(e.ActiveParams),
			figure.Cell(e.KVBytesPerToken), figure.Cell(e.StateBytes),
			strconv.Itoa(e.Smallest.GPUs)}
		if e.Load != nil {
			row = append(row, strconv.Itoa(e.Enough.GPUs), figure.Cell(e.Load.USD), figure.Cell(e.Load.MedianTPOT),
				figure.Cell(e.Load.P99TTFT))
		} else {
			row = append(row, "", "", "", "")
		}
		row = append(row, strconv.Itoa(e.Same.GPUs), figure.Cell(e.Same.PoolBytesPerGPU),
			strconv.Itoa(e.Same.Sequences), figure.Cell(e.TPOT))
		if e.Edge != nil {
			row = append(row, figure.Cell(e.Edge.Rate), figure.Cell(e.Edge.Goodput), figure.Cell(e.Edge.Output),
				figure.Cell(e.Edge.USD))
		} else {
			row = append(row, "", "", "", "")
		}
		for _, edge := range []*compare.Outcome{e.Slower, e.Faster} {
			switch {
			case edge != nil:
				row = append(row, figure.Cell(edge.Rate))
			case ranged(s):
				row = append(row, "")
			}
		}
		t.Add(row...)
	}
	return t
}

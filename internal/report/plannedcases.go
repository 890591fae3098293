package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/planning"
	"github.com/roofserve/roofserve/scenarios"
)

// PlannedCase is what is planned for one case of a sweep.
type PlannedCase struct {
	Index    int
	Settings []scenarios.Setting
	Answer   *planning.Answer // nil where the case cannot be
	Proof    *planning.Proof  // nil where none was asked for
	Err      error            // why the case cannot be
}

// best is the best plan; nil where there is none.
func (c *PlannedCase) best() *planning.Sizing {
	if c.Answer == nil || len(c.Answer.Plans) == 0 {
		return nil
	}
	return &c.Answer.Plans[0]
}

// wrong is why a case has no plan; empty where it has one.
func (c *PlannedCase) wrong() string {
	switch {
	case c.Err != nil:
		return c.Err.Error()
	case c.best() == nil:
		return "no plan meets this: " + cmp.Or(c.Answer.Worst, "none fits, or one sequence alone takes too long")
	}
	return ""
}

// PlannedCases is the JSON of what is planned for the cases of a sweep.
func PlannedCases(cases []PlannedCase) any {
	list := make([]any, len(cases))
	for i := range cases {
		c := &cases[i]
		settings := object{}
		for _, s := range c.Settings {
			settings.set(s.Key, writable(s.Value))
		}
		o := object{{"case", object{{"index", c.Index}, {"settings", settings}}}}
		if c.Err != nil {
			list[i] = append(o, field{"error", c.Err.Error()})
			continue
		}
		list[i] = append(o, Planning(c.Answer, c.Proof).(object)...)
	}
	return object{{"cases", list}, {"version", Version}}
}

// proofObject is the JSON of what trying everything said of an answer.
func proofObject(a *planning.Answer, p *planning.Proof) any {
	return object{{"holds", p.Holds(a)}, {"fewest_gpus", nullWhereZero(float64(p.Fewest))}, {"tried", p.Tried},
		{"other_seeds", planning.OtherSeeds}, {"kept", p.Kept}}
}

// proofText is the same in a sentence.
func proofText(a *planning.Answer, p *planning.Proof) string {
	text := fmt.Sprintf("Trying every plan with every number of replicas, %s, finds ", counted(p.Tried, "simulation"))
	switch {
	case len(a.Plans) == 0 && p.Fewest == 0:
		return text + "none either."
	case len(a.Plans) == 0 || p.Fewest < a.Plans[0].GPUs():
		text += fmt.Sprintf("one with %s, which the search missed.", counted(p.Fewest, "GPU"))
	default:
		text += "none with fewer GPUs."
	}
	if len(a.Plans) > 0 {
		text += fmt.Sprintf(" With %d of %d other seeds the first plan keeps the limits.", p.Kept, planning.OtherSeeds)
	}
	return text
}

// plannedColumns head a table of planned cases, after the settings.
var plannedColumns = []string{"gpus", "usd_per_hour", "device", "weights", "policy", "plan", "max_num_batched_tokens", "replicas",
	"headroom", "binding", "probability", "simulations"}

// proofColumns head what is added by a proof.
var proofColumns = []string{"fewest_gpus", "tried", "kept_with_other_seeds"}

// PlannedTable has a row for each case: its best plan, or why it has none.
func PlannedTable(cases []PlannedCase) figure.Table {
	t := figure.Table{Columns: []string{"case"}}
	for _, s := range cases[0].Settings {
		t.Columns = append(t.Columns, s.Key)
	}
	t.Columns = append(append(t.Columns, plannedColumns...), proofColumns...)
	t.Columns = append(t.Columns, "error")
	for i := range cases {
		c := &cases[i]
		row := []string{fmt.Sprint(c.Index)}
		for _, s := range c.Settings {
			row = append(row, s.Text())
		}
		row = append(append(row, c.cells()...), c.proofCells()...)
		t.Add(append(row, c.wrong())...)
	}
	return t
}

// cells are those of the best plan.
func (c *PlannedCase) cells() []string {
	p := c.best()
	if p == nil {
		return make([]string, len(plannedColumns))
	}
	cells := []string{fmt.Sprint(p.GPUs()), figure.Cell(p.USDPerHour)}
	for _, cell := range arrangementCells(&p.Arrangement) {
		cells = append(cells, strings.TrimSuffix(cell, absent))
	}
	return append(cells, figure.Cell(p.Headroom), p.Binding.Subject(), figure.Cell(p.Probability),
		fmt.Sprint(c.Answer.Simulations()))
}

// proofCells are what a proof adds.
func (c *PlannedCase) proofCells() []string {
	if c.Proof == nil {
		return make([]string, len(proofColumns))
	}
	cells := []string{"", fmt.Sprint(c.Proof.Tried), ""}
	if c.Proof.Fewest > 0 {
		cells[0] = fmt.Sprint(c.Proof.Fewest)
	}
	if c.best() != nil {
		cells[2] = fmt.Sprintf("%d of %d", c.Proof.Kept, planning.OtherSeeds)
	}
	return cells
}

// WritePlannedCases writes a line for each case, for people.
func WritePlannedCases(w io.Writer, cases []PlannedCase) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range cases[0].Settings {
		fmt.Fprintf(t, "%s\t", s.Key)
	}
	proven := cases[0].Proof != nil
	fmt.Fprint(t, "GPUs\tUSD/h\tdevice\tweights\tengine\tplan\tbudget\treplicas\theadroom\tlimited by\tmet in draws\t")
	if proven {
		fmt.Fprint(t, "fewest of all\tother seeds\t")
	}
	fmt.Fprintln(t)
	for i := range cases {
		c := &cases[i]
		for _, s := range c.Settings {
			fmt.Fprintf(t, "%s\t", s.Text())
		}
		p := c.best()
		if p == nil {
			fmt.Fprintln(t, c.wrong())
			continue
		}
		fmt.Fprintf(t, "%d\t%s\t", p.GPUs(), orAbsent(p.USDPerHour))
		for _, cell := range arrangementCells(&p.Arrangement) {
			fmt.Fprintf(t, "%s\t", cell)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t", percent(p.Headroom), objectiveTitle(p.Binding), shareText(p.Probability))
		if proven {
			fmt.Fprintf(t, "%d\t%d of %d\t", c.Proof.Fewest, c.Proof.Kept, planning.OtherSeeds)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

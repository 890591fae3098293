package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/study/planning"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// Planning is the JSON object of a search for plans, and of its proof where one was made.
func Planning(a *planning.Answer, proof *planning.Proof) any {
	plans := make([]any, len(a.Plans))
	for i := range a.Plans {
		plans[i] = plannedObject(a, &a.Plans[i])
	}
	pareto := []any{}
	for _, p := range a.Points() {
		if p.SpeedFront || p.PriceFront {
			pareto = append(pareto, pointObject(&p))
		}
	}
	left := make([]any, len(a.Left))
	for i := range a.Left {
		l := &a.Left[i]
		o := choiceObject(&l.Choice)
		if l.Role != sim.Aggregated {
			o.set("role", l.Role.String())
		}
		left[i] = append(o, field{"reason", l.Reason})
	}
	var nearest any
	if n := a.Nearest; n != nil {
		nearest = append(arrangementObject(&n.Arrangement), field{"reason", a.Worst})
	}
	o := object{
		{"scenario", a.Question.Scenario.Name}, {"slo", objectiveObjects(a.Question.Objectives)},
		{"objective", a.Question.Goal}, {"max_gpus", a.Question.MaxGPUs}, {"found", len(a.Plans) > 0},
		{"simulations", a.Simulations()}, {"plans", plans}, {"pareto", pareto}, {"left_out", left}, {"nearest", nearest},
	}
	if proof != nil {
		o.set("proof", proofObject(a, proof))
	}
	return append(o, field{"version", Version})
}

func choiceObject(c *planning.Choice) object {
	return object{
		{"device", cmp.Or(c.GPU, c.Device)}, {"weights", cmp.Or(c.Format, c.Weights)}, {"policy", cmp.Or(c.Engine, c.Policy)},
		{"tp", c.Parallel.TP}, {"pp", c.Parallel.PP}, {"dp", c.Parallel.DP}, {"ep", c.Parallel.EP},
		{"max_num_batched_tokens", nullWhereZero(float64(c.Budget))},
	}
}

// arrangementObject is a choice with its replicas; where they are a decode pool, with the prefill pool.
func arrangementObject(a *planning.Arrangement) object {
	o := append(choiceObject(&a.Choice), field{"replicas", a.Replicas})
	if a.Prefill != nil {
		o.set("prefill", arrangementObject(a.Prefill))
	}
	return append(o, field{"gpus", a.GPUs()})
}

func plannedObject(a *planning.Answer, p *planning.Sizing) object {
	o := append(arrangementObject(&p.Arrangement), object{
		{"usd_per_hour", nullWhereZero(p.USDPerHour)},
		{"headroom", p.Headroom}, {"binding", p.Binding.Subject()}, {"probability", orNull(p.Probability)},
		{"close_to_best", p.Close},
	}...)
	for _, name := range append(objectiveMetrics(a.Question.Objectives), scenarios.Goodput, "output_throughput") {
		var value any
		if v, ok := p.Trial.Metrics[name]; ok {
			value = v
		}
		o.set(name, value)
	}
	return o
}

func pointObject(p *planning.Point) object {
	return append(arrangementObject(&p.Arrangement), object{
		{"met", p.Trial.Met()},
		{"tokens_per_second_per_gpu", p.TokensPerSecondGPU}, {"tokens_per_second_per_user", p.TokensPerSecondUser},
		{"usd_per_million_output_tokens", nullWhereZero(p.USDPerMillion)}, {"median_ttft_ms", p.MedianTTFTMS},
		{"on_speed_front", p.SpeedFront}, {"on_price_front", p.PriceFront},
	}...)
}

func nullWhereZero(v float64) any {
	if v == 0 {
		return nil
	}
	return v
}

// plansShown is how many plans a terminal lists; the JSON object has all.
const plansShown = 12

// WritePlanning writes the plans for people, the best first, or what stood in the way where there is none,
// and the proof where one was made.
func WritePlanning(w io.Writer, a *planning.Answer, proof *planning.Proof) error {
	if err := writePlans(w, a); err != nil || proof == nil {
		return err
	}
	_, err := fmt.Fprintln(w, proofText(a, proof))
	return err
}

func writePlans(w io.Writer, a *planning.Answer) error {
	fmt.Fprintf(w, "%s: %s, at most %s\n\n", a.Question.Scenario.Name, objectivesText(a.Question.Objectives),
		counted(a.Question.MaxGPUs, "GPU"))
	if len(a.Plans) == 0 {
		return writeInfeasible(w, a)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\tGPUs\tUSD/h\tdevice\tweights\tengine\tplan\tbudget\treplicas\t")
	for _, o := range a.Question.Objectives {
		fmt.Fprintf(t, "%s ms\t", objectiveTitle(o))
	}
	fmt.Fprint(t, "headroom\tlimited by\tmet in draws\n")
	for i := range a.Plans[:min(len(a.Plans), plansShown)] {
		p := &a.Plans[i]
		mark := ""
		if p.Close {
			mark = "≈"
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t", mark, p.GPUs(), orAbsent(p.USDPerHour))
		for _, cell := range arrangementCells(&p.Arrangement) {
			fmt.Fprintf(t, "%s\t", cell)
		}
		for _, o := range a.Question.Objectives {
			fmt.Fprintf(t, "%s\t", briefOf(p.Trial.Metrics, o.Subject()))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", percent(p.Headroom), objectiveTitle(p.Binding), shareText(p.Probability))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if more := len(a.Plans) - plansShown; more > 0 {
		fmt.Fprintf(w, "and %s more\n", counted(more, "plan"))
	}
	arrow := ""
	if slices.ContainsFunc(a.Plans, func(p planning.Sizing) bool { return p.Prefill != nil }) {
		arrow = " Before → stands the prefill pool, after it the decode pool."
	}
	_, err := fmt.Fprintf(w, "\n%s, %s left out. A plan marked ≈ cannot be told from the first.%s\n%s",
		counted(a.Simulations(), "simulation"), counted(len(a.Left), "choice"), arrow, sureText(&a.Plans[0]))
	return err
}

// sureShare is the share of draws from which on the first plan needs no word about them.
const sureShare = 0.9

// sureText says what it means that the best plan keeps the limits, and not in all draws.
func sureText(best *planning.Sizing) string {
	if !(best.Probability < sureShare) {
		return ""
	}
	return fmt.Sprintf("The first keeps every limit as predicted; predictions may be off, and in %s of the draws of by how much it keeps them. "+
		"More replicas of it are surer.\n", shareText(best.Probability))
}

// arrangementCells are the device, formats, engine, plan, budget and replicas of an arrangement. Where two
// pools differ in one, it is that of the prompts and, after an arrow, that of the answers.
func arrangementCells(a *planning.Arrangement) []string {
	cells := []string{
		a.GPU, a.Format, a.Engine, planText(&a.Parallel), orAbsent(float64(a.Budget)), fmt.Sprint(a.Replicas),
	}
	if a.Prefill == nil {
		return cells
	}
	for i, prompts := range arrangementCells(a.Prefill) {
		if prompts != cells[i] || i == len(cells)-1 {
			cells[i] = prompts + " → " + cells[i]
		}
	}
	return cells
}

// writeInfeasible says which limit breaks, and by how much at best.
func writeInfeasible(w io.Writer, a *planning.Answer) error {
	fmt.Fprintf(w, "no plan meets this.\n")
	if n := a.Nearest; n != nil {
		cells := arrangementCells(&n.Arrangement)
		fmt.Fprintf(w, "nearest: %s × %s, %s, %s, %s, %s: %s\n", counted(n.Trial.GPUs, "GPU"), cells[0], cells[1], cells[2],
			cells[3], units.Plural(n.Replicas, cells[5]+" replica"), a.Worst)
	}
	if a.Nearest == nil && a.Worst != "" {
		fmt.Fprintf(w, "nearest: %s\n", a.Worst)
	}
	var reasons []string
	count := map[string]int{}
	for _, l := range a.Left {
		if count[l.Reason] == 0 {
			reasons = append(reasons, l.Reason)
		}
		count[l.Reason]++
	}
	slices.SortStableFunc(reasons, func(x, y string) int { return cmp.Compare(count[y], count[x]) })
	for _, reason := range reasons[:min(len(reasons), plansShown)] {
		fmt.Fprintf(w, "  %s: %s\n", counted(count[reason], "choice"), reason)
	}
	return nil
}

// orAbsent is a number, or a dash where it is 0.
func orAbsent(v float64) string {
	if v == 0 {
		return absent
	}
	return brief(v)
}

// shareText is a share in percent, or a dash where there is none.
func shareText(v float64) string {
	if math.IsNaN(v) {
		return absent
	}
	return fmt.Sprintf("%.0f%%", 100*v)
}

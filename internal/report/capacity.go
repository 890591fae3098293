package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
)

// CapacityResult is a search for capacity with what it was to find.
type CapacityResult struct {
	*capacity.Result
	Scenario   string
	Objectives []capacity.Objective
	Range      *capacity.Range // of the edge; nil where it was not asked for
}

// Capacity is the JSON object of a search.
func Capacity(c *CapacityResult) any {
	o := &object{}
	o.set("scenario", c.Scenario)
	o.set("slo", objectiveObjects(c.Objectives))
	o.set("over", c.Over)
	o.set("found", c.Best != nil)
	if c.Best != nil {
		o.set("best", trialObject(c, c.Best))
		o.set("result", Run(c.Best.Run))
	}
	trials := make([]object, 0, len(c.Trials))
	for _, t := range c.Trials {
		trials = append(trials, trialObject(c, t))
	}
	o.set("trials", trials)
	if c.Range != nil {
		o.set("interval", rangeObject(c))
	}
	o.set("version", Version)
	return o
}

// rangeObject are the edges where the system is slower and faster; null where nothing meets the objectives.
func rangeObject(c *CapacityResult) object {
	o := object{}
	for _, end := range []struct {
		name  string
		trial *capacity.Trial
	}{{"slower", c.Range.Slower}, {"faster", c.Range.Faster}} {
		if end.trial == nil {
			o.set(end.name, nil)
			continue
		}
		o.set(end.name, trialObject(c, end.trial))
	}
	return o
}

// rangeText is the range of the edge in a sentence; empty without one.
func rangeText(c *CapacityResult) string {
	if c.Range == nil {
		return ""
	}
	edge := func(t *capacity.Trial) string {
		if t == nil {
			return "none"
		}
		return brief(t.Load)
	}
	return fmt.Sprintf(" 5–95%%: %s where the system is slower than predicted, %s where it is faster.",
		edge(c.Range.Slower), edge(c.Range.Faster))
}

// trialMetrics are what a search reports of each trial beside the objectives' own metrics.
var trialMetrics = []string{"request_throughput", scenarios.Goodput, "output_throughput", "price.usd_per_million_output_tokens"}

func trialObject(c *CapacityResult, t *capacity.Trial) object {
	o := object{{"load", t.Load}, {"gpus", t.GPUs}, {"met", t.Met()}, {"failures", append([]string{}, t.Failures...)}}
	for _, name := range append(objectiveMetrics(c.Objectives), trialMetrics...) {
		if t.Run == nil {
			continue
		}
		var value any // null where nothing happened of which it would be a statistic
		if v, ok := t.Metrics[name]; ok {
			value = v
		}
		o.set(strings.TrimPrefix(name, "price."), value)
	}
	return o
}

func objectiveMetrics(objectives []capacity.Objective) []string {
	names := make([]string, len(objectives))
	for i, o := range objectives {
		names[i] = o.Subject()
	}
	return names
}

// objectivesText lists objectives for people: "TTFT p99 ≤ 1,000 ms".
func objectivesText(objectives []capacity.Objective) string {
	parts := make([]string, len(objectives))
	for i, o := range objectives {
		parts[i] = fmt.Sprintf("%s ≤ %s ms", objectiveTitle(o), brief(o.Limit))
	}
	return strings.Join(parts, ", ")
}

// objectiveTitle is the short title of what an objective limits: "TTFT p99", "interactive TTFT p99".
func objectiveTitle(o capacity.Objective) string {
	return strings.TrimPrefix(o.Class+" "+metricTitle(o.Metric), " ")
}

// metricTitle is the short title of a latency's metric: "TTFT p99".
func metricTitle(metric string) string {
	l, statistic := scenarios.LatencyOf(metric)
	return strings.ToUpper(l.Key) + " " + statistic
}

// WriteCapacity writes a search for people.
func WriteCapacity(w io.Writer, c *CapacityResult) error {
	fmt.Fprintf(w, "%s: %s\n\n", c.Scenario, objectivesText(c.Objectives))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\tGPUs\tplan\trequests/s\tgoodput/s\t", shortKey(c.Over))
	for _, o := range c.Objectives {
		fmt.Fprintf(t, "%s ms\t", objectiveTitle(o))
	}
	fmt.Fprintln(t, "verdict")
	for _, trial := range c.Trials {
		fmt.Fprintf(t, "%s\t", brief(trial.Load))
		if trial.NoFit {
			fmt.Fprintf(t, "%s\n", trial.Failures[0])
			continue
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t", trial.GPUs, replicatedPlan(trial.Run),
			briefOf(trial.Metrics, "request_throughput"), briefOf(trial.Metrics, scenarios.Goodput))
		for _, o := range c.Objectives {
			fmt.Fprintf(t, "%s\t", briefOf(trial.Metrics, o.Subject()))
		}
		fmt.Fprintln(t, verdict(c, trial))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s%s\n", conclusion(c), rangeText(c))
	return err
}

func verdict(c *CapacityResult, t *capacity.Trial) string {
	switch {
	case t == c.Best:
		return "met, the edge"
	case t.Met():
		return "met"
	case t.Run.Overloaded():
		return "overloaded"
	default:
		return "not met"
	}
}

// replicatedPlan is a run's plan with its replicas: "2 × tp 8".
func replicatedPlan(r *scenarios.Run) string {
	if pools := r.Scenario.Pool; len(pools) > 0 {
		var list []string
		for i := range pools {
			p := &pools[i]
			list = append(list, fmt.Sprintf("%s %d × (%s)", p.Role, p.Replicas, planText(&p.Parallel)))
		}
		return strings.Join(list, ", ")
	}
	text := planText(&r.Scenario.Parallel)
	if n := r.Scenario.Hardware.Replicas; n > 1 {
		text = fmt.Sprintf("%d × (%s)", n, text)
	}
	return text
}

// shortKey is a key without its table.
func shortKey(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// conclusion is what a search found, in a sentence.
func conclusion(c *CapacityResult) string {
	b := c.Best
	if b == nil {
		return "Nothing tried meets the SLO."
	}
	price := ""
	if usd := b.Metrics["price.usd_per_million_output_tokens"]; usd > 0 {
		price = fmt.Sprintf(", $%s for a million output tokens", brief(usd))
	}
	return fmt.Sprintf("%s = %s meets the SLO with %s (%s): %s requests/s, %s of them within every limit%s.", c.Over, brief(b.Load), counted(b.GPUs, "GPU"), replicatedPlan(b.Run),
		briefOf(b.Metrics, "request_throughput"), briefOf(b.Metrics, scenarios.Goodput), price)
}

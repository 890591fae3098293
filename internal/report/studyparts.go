package report

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/compare"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

// addSameLoad compares what each model needs for one load.
func addSameLoad(d *document.Document, s *compare.Study) error {
	at := func(value func(*compare.Outcome) float64) func(*compare.Entry) (float64, bool) {
		return ofOutcome(func(e *compare.Entry) *compare.Outcome { return e.Load }, value)
	}
	table := comparison(s, "GPUs", func(e *compare.Entry) string {
		if e.Enough == nil {
			return "none meets the SLO"
		}
		return comparedPlan(e.Enough)
	}, []column{
		{"$ / M output tokens", -1, at(func(o *compare.Outcome) float64 { return o.USD }), ofAnswers, nil},
		{"TTFT p50 (ms)", -1, at(func(o *compare.Outcome) float64 { return o.MedianTTFT }), ofPrompts, nil},
		{"TTFT p99 (ms)", -1, at(func(o *compare.Outcome) float64 { return o.P99TTFT }), ofPrompts, nil},
		{"TPOT p50 (ms)", -1, at(func(o *compare.Outcome) float64 { return o.MedianTPOT }), ofAnswers, nil},
		{"TPOT p99 (ms)", -1, at(func(o *compare.Outcome) float64 { return o.P99TPOT }), ofAnswers, nil},
		{"running, mean", 0, at(func(o *compare.Outcome) float64 { return o.Running }), nil, nil},
		{"KV cache, max (%)", 0, at(func(o *compare.Outcome) float64 { return 100 * o.KVUsage }), nil, nil},
	})
	bars, err := barFigure(s, "same-load-cost", "Cost under the same load", "$ / M output tokens", at(func(o *compare.Outcome) float64 { return o.USD }))
	if err != nil {
		return err
	}
	gpus, err := barFigure(s, "same-load-gpus", "GPUs for the same load", "GPUs", func(e *compare.Entry) (float64, bool) {
		if e.Enough == nil {
			return 0, false
		}
		return float64(e.Enough.GPUs), true
	})
	if err != nil {
		return err
	}
	d.Add("The same load", document.Block{Text: fmt.Sprintf("%s requests a second come to each model. Each gets the fewest GPUs with which it stays within the SLO, "+
		"of all plans and any number of replicas, as roofserve plan finds them.", brief(s.Workload.Rate))},
		document.Block{Table: table}, document.Block{Figures: []*figure.Figure{bars, gpus}})
	return nil
}

// addPlans says who is fastest under which rule of choosing plans.
func addPlans(d *document.Document, s *compare.Study) error {
	if s.Rule == explain.AsGiven {
		return nil
	}
	t := &document.Table{Columns: []string{"plan"}}
	for i := range s.Entries {
		t.Columns = append(t.Columns, entryName(s, &s.Entries[i])+" (ms)")
	}
	for n, rule := range explain.Rules {
		of := func(e *compare.Entry) (float64, bool) { return e.Rules[n].TPOT, e.Rules[n].TPOT > 0 }
		row := []document.Cell{{Text: string(rule)}}
		for i := range s.Entries {
			e := &s.Entries[i]
			cell := document.Cell{Text: "does not fit", Note: comparedPlan(&e.Rules[n].Placement)}
			if v, ok := of(e); ok {
				cell.Text, cell.Best = brief(v), isBest(s, e, &column{best: -1, value: of, doubt: ofAnswers}, v)
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	d.Add("Who is fastest under which plan", document.Block{Text: fmt.Sprintf("The time per output token of a batch of %d at %s tokens of context, on the same GPUs, with each model divided by each rule. "+
		"best: the step is fastest; memory: most sequences fit; latency: one sequence alone is fastest; fixed: tensor parallelism within a node first.",
		s.Batch, grouped(float64(s.Workload.MeanContext())))}, document.Block{Table: t})
	return nil
}

// addSameMemory compares models on as many GPUs as the largest of them needs.
func addSameMemory(d *document.Document, s *compare.Study) error {
	columns := []column{
		{name: "weights a GPU (GB)", best: -1,
			value: func(e *compare.Entry) (float64, bool) { return e.Same.WeightBytesPerGPU / 1e9, true }},
		{name: "KV cache a GPU (GB)", best: 1,
			value: func(e *compare.Entry) (float64, bool) { return e.Same.PoolBytesPerGPU / 1e9, true }},
	}
	for _, context := range []int{8 << 10, 32 << 10, 128 << 10} {
		columns = append(columns, column{fmt.Sprintf("sequences of %s tokens", figure.Tokens(float64(context))), 1,
			atContext(context, func(p *compare.ContextPoint) float64 { return float64(p.Sequences) }), nil,
			otherPlan(context)})
	}
	columns = append(columns, column{fmt.Sprintf("TPOT of %d at %s tokens (ms)", s.Batch, grouped(float64(s.Workload.MeanContext()))), -1,
		func(e *compare.Entry) (float64, bool) { return e.TPOT, e.TPOT > 0 }, ofAnswers, nil},
		column{"$ / M output at 8k tokens", -1, atContext(8<<10, func(p *compare.ContextPoint) float64 { return p.USD }),
			ofAnswers, otherPlan(8 << 10)})
	table := comparison(s, "GPUs", func(e *compare.Entry) string { return comparedPlan(&e.Same) }, columns)
	var figures []*figure.Figure
	for _, device := range s.Devices {
		for _, c := range contextCurves(s) {
			f, err := contextFigure(s, &device, &c)
			if err != nil {
				return err
			}
			figures = append(figures, f)
		}
	}
	d.Add("The same memory", document.Block{Text: fmt.Sprintf("Each model alone on the same GPUs, its plan: %s. At each context the plan is chosen for it. A batch of %d decodes at each context; "+
		"at saturation as many sequences as fit, at most 512, ask for answers of 256 tokens again and again, so that prefill counts too.", ruleText(s.Rule), s.Batch)},
		document.Block{Table: table}, document.Block{Figures: figures})
	return nil
}

// otherPlan names the plan at a context where it is another than at the workload's mean.
func otherPlan(context int) func(*compare.Entry) string {
	return func(e *compare.Entry) string {
		for i := range e.Contexts {
			p := &e.Contexts[i].Plan
			same := p.TP == e.Same.TP && p.PP == e.Same.PP && p.DP == e.Same.DP && p.EP == e.Same.EP
			if e.Contexts[i].Context == context && !same {
				return planText(&scenarios.Parallel{TP: p.TP, PP: p.PP, DP: p.DP, EP: p.EP})
			}
		}
		return ""
	}
}

// atContext reads a number at a context.
func atContext(context int, value func(*compare.ContextPoint) float64) func(*compare.Entry) (float64, bool) {
	return func(e *compare.Entry) (float64, bool) {
		for i := range e.Contexts {
			if p := &e.Contexts[i]; p.Context == context && value(p) > 0 {
				return value(p), true
			}
		}
		return 0, false
	}
}

// edgeRange are the columns of the largest loads where systems are slower and faster; none where that was not
// asked for.
func edgeRange(s *compare.Study) []column {
	if !ranged(s) {
		return nil
	}
	rate := func(o *compare.Outcome) float64 { return o.Rate }
	slower := func(e *compare.Entry) *compare.Outcome { return e.Slower }
	faster := func(e *compare.Entry) *compare.Outcome { return e.Faster }
	return []column{
		{"requests / s, if slower", 0, ofOutcome(slower, rate), nil, nil}, {"if faster", 0, ofOutcome(faster, rate), nil, nil},
	}
}

// ranged tells whether the study has ranges of the largest loads.
func ranged(s *compare.Study) bool {
	return slices.ContainsFunc(s.Entries, func(e compare.Entry) bool {
		return e.Slower != nil || e.Faster != nil
	})
}

// addSameSLO compares the largest loads within the limits.
func addSameSLO(d *document.Document, s *compare.Study) error {
	at := func(value func(*compare.Outcome) float64) func(*compare.Entry) (float64, bool) {
		return ofOutcome(func(e *compare.Entry) *compare.Outcome { return e.Edge }, value)
	}
	table := comparison(s, "GPUs", func(e *compare.Entry) string {
		if e.Edge == nil {
			return "no load meets the SLO"
		}
		return comparedPlan(&e.Same)
	}, append(edgeRange(s), []column{
		{"requests / s", 1, at(func(o *compare.Outcome) float64 { return o.Rate }), ofAnswers, nil},
		{"goodput / s", 1, at(func(o *compare.Outcome) float64 { return o.Goodput }), ofAnswers, nil},
		{"output tokens / s", 1, at(func(o *compare.Outcome) float64 { return o.Output }), ofAnswers, nil},
		{"$ / M output tokens", -1, at(func(o *compare.Outcome) float64 { return o.USD }), ofAnswers, nil},
		{"TTFT p99 (ms)", 0, at(func(o *compare.Outcome) float64 { return o.P99TTFT }), ofPrompts, nil},
		{"TPOT p99 (ms)", 0, at(func(o *compare.Outcome) float64 { return o.P99TPOT }), nil, nil},
		{"running, mean", 0, at(func(o *compare.Outcome) float64 { return o.Running }), nil, nil},
	}...))
	bars, err := barFigure(s, "same-slo-cost", "Cost at the largest load within the SLO", "$ / M output tokens", at(func(o *compare.Outcome) float64 { return o.USD }))
	if err != nil {
		return err
	}
	loads, err := barFigure(s, "same-slo-load", "Largest load within the SLO", "requests / s", at(func(o *compare.Outcome) float64 { return o.Rate }))
	if err != nil {
		return err
	}
	figures := []*figure.Figure{bars, loads}
	for _, device := range s.Devices {
		for _, c := range loadCurves() {
			f, err := loadFigure(s, &device, &c)
			if err != nil {
				return err
			}
			figures = append(figures, f)
		}
	}
	d.Add("The same SLO", document.Block{Text: "The largest load that each model serves within " + objectivesText(s.Objectives) +
		", on the same GPUs as above, found by bisection to 2%. A system whose queue grows without end meets no limit; such loads have open marks where they are in sight."},
		document.Block{Table: table}, document.Block{Figures: figures})
	return nil
}

// addCrossings lists where one model overtakes another.
func addCrossings(d *document.Document, s *compare.Study) error {
	if len(s.Crossings) == 0 {
		d.Add("Where one overtakes another", document.Block{Text: "Nowhere: on the same GPUs, no model is ahead of another by more than their intervals at one context or load, and behind it so at another."})
		return nil
	}
	t := &document.Table{Columns: []string{"in", "device", "better below", "crossing at", "better above"}}
	for _, c := range s.Crossings {
		unit := " tokens of context"
		if c.Over == "load" {
			unit = " requests/s"
		}
		t.Row(document.Cell{Text: c.Metric}, c.Device, c.Below, brief(c.At)+unit, c.Above)
	}
	d.Add("Where one overtakes another", document.Block{Text: "On the same GPUs, each found to 2% by simulating both models between two points that disagree. Differences below 1%, or within what both models may be off by, count as none."},
		document.Block{Table: t})
	return nil
}

// addLevers shows what moves each model's speed.
func addLevers(d *document.Document, s *compare.Study) error {
	var figures []*figure.Figure
	for i := range s.Entries {
		if e := &s.Entries[i]; len(e.Levers) > 0 {
			f, err := tornadoFigure(s, e)
			if err != nil {
				return err
			}
			figures = append(figures, f)
		}
	}
	if len(figures) == 0 {
		return nil
	}
	d.Add("What moves the time per output token", document.Block{Text: fmt.Sprintf("Each number of a model's document halved and doubled in turn, as [model.override] would, everything else as it is: "+
		"the change of the time per output token of a batch of %d at %s tokens of context on the same GPUs. Whether it would fit in memory is not asked here.",
		s.Batch, grouped(float64(s.Workload.MeanContext())))}, document.Block{Figures: figures})
	return nil
}

package results

import (
	"bytes"
	"math"
	"strings"
)

// guidellm is the JSON report of GuideLLM: several benchmarks, each with its requests, of which those that
// were answered count, and their statistics. Field names are those of its releases from 0.2 on.
var guidellm = Format{
	Name: "GuideLLM",
	About: "`benchmarks.json`, `benchmarks.yaml`: the answered requests of each benchmark, their starts, lengths and latencies, " +
		"and its means where there are no requests",
	Source: "github.com/vllm-project/guidellm, src/guidellm/schemas/request_stats.py",
	begins: func(h *head) bool {
		return !h.array && h.has("benchmarks") ||
			isYAML(h.text) && bytes.Contains(h.text, []byte("guidellm")) && bytes.Contains(h.text, []byte("\nbenchmarks:"))
	},
	read: func(d *document) error {
		if d.Peek() != '{' {
			if err := d.fromYAML(); err != nil {
				return err
			}
		}
		var model string
		err := d.object(fields{
			"args": func() error { return d.deep(fields{"model": d.text(&model)}) },
			"benchmarks": func() error {
				return d.array(func() error { return readGuideBenchmark(d) })
			},
		})
		for i := range d.results {
			if d.results[i].Model == "" {
				d.results[i].Model = model
			}
		}
		return err
	},
}

// guideStrategy is how a benchmark sent requests.
type guideStrategy struct {
	kind          string
	streams, rate float64
}

func (g *guideStrategy) fields(d *document) fields {
	return fields{"type_": d.text(&g.kind), "streams": d.number(&g.streams), "max_concurrency": d.number(&g.streams),
		"rate": d.number(&g.rate)}
}

// into notes how requests came: by the strategy where it is named, else by what settings say anywhere.
func (g *guideStrategy) into(r *Result) {
	switch g.kind {
	case "synchronous": // one request after the other
		r.Concurrency = 1
	case "throughput": // as many as its client takes, whatever limit that has
		r.Rate = math.Inf(1)
	case "constant", "poisson", "async":
		r.Rate = max(0, known(g.rate))
	default:
		if r.Concurrency = whole(g.streams); r.Concurrency == 0 {
			r.Rate = max(0, known(g.rate))
		}
	}
}

// readGuideBenchmark reads one benchmark of a report.
func readGuideBenchmark(d *document) error {
	r := d.run()
	strategy, settings := guideStrategy{}, guideStrategy{}
	config := func() error {
		want := settings.fields(d)
		delete(want, "type_")
		want["model"], want["backend_model"] = d.text(&r.Model), d.text(&r.Model)
		want["strategy"] = func() error { return d.object(strategy.fields(d)) }
		return d.deep(want)
	}
	failed := 0
	count := func() error {
		return d.array(func() error { failed++; return d.Skip() })
	}
	totals := guideTotals{}
	err := d.object(fields{
		"args": config, "config": config, "worker": config,
		"metrics": func() error { return totals.read(d) },
		"requests": func() error {
			return d.object(fields{
				"successful": func() error { return d.array(func() error { return readGuideRequest(d, r) }) },
				"errored":    count, "incomplete": count,
			})
		},
	})
	r.Failed += failed
	totals.into(r)
	if strategy.kind == "" {
		strategy = settings
	}
	strategy.into(r)
	return err
}

// guideTotals is what a benchmark's statistics say, of which its lists of requests may be a sample.
type guideTotals struct {
	means     Means
	answered  int
	others    int // that failed, or were not at their end
	requested bool
}

// read reads the statistics of a benchmark.
func (t *guideTotals) read(d *document) error {
	t.means = unmeasured()
	mean := func(to *float64) func() error {
		return func() error {
			return d.object(fields{"successful": func() error { return d.object(fields{"mean": d.number(to)}) }})
		}
	}
	add := func() error {
		n := 0
		err := d.count(&n)()
		t.others += n
		return err
	}
	return d.object(fields{
		"request_totals": func() error {
			t.requested = true
			return d.object(fields{"successful": d.count(&t.answered), "errored": add, "incomplete": add})
		},
		"time_to_first_token_ms": mean(&t.means.TTFT), "inter_token_latency_ms": mean(&t.means.TPOT),
		"prompt_token_count": mean(&t.means.Input), "output_token_count": mean(&t.means.Output),
	})
}

// into gives a result the statistics where its requests are not all there.
func (t *guideTotals) into(r *Result) {
	switch {
	case !t.requested && len(r.Requests) > 0, t.answered <= len(r.Requests):
		return
	case t.requested:
		r.Failed = t.others
	}
	if t.means.Requests = t.answered; len(r.Requests) > 0 {
		r.Notes = append(r.Notes, "lists a sample of its requests alone")
	}
	r.Means = t.means
}

// readGuideRequest reads one request, whose latencies are in ms but for the whole, which is in s.
func readGuideRequest(d *document, r *Result) error {
	q := Request{Start: math.NaN(), TTFT: math.NaN(), E2E: math.NaN(), Line: d.Line()}
	gap := math.NaN()
	err := d.object(fields{
		"request_start_time": d.number(&q.Start), "start_time": d.number(&q.Start),
		"prompt_tokens": d.count(&q.Input), "output_tokens": d.count(&q.Output),
		"time_to_first_token_ms": d.scaled(&q.TTFT, 1e-3), "request_latency": d.number(&q.E2E),
		"inter_token_latency_ms": d.scaled(&gap, 1e-3),
	})
	if err != nil {
		return err
	}
	if !math.IsNaN(gap) && !math.IsNaN(q.TTFT) { // to the last token, not to the end of the connection
		q.E2E = q.TTFT + float64(gap*float64(max(0, q.Output-1)))
	}
	return d.keep(r, q)
}

// guidellmTable is GuideLLM's CSV: a row for each benchmark, below one line of names or, since its release
// 0.4, three, of which the parts of a name stand one below the other.
var guidellmTable = Format{
	Name:   "GuideLLM, summary as CSV",
	About:  "`benchmarks.csv`: the means of each benchmark",
	Source: "github.com/vllm-project/guidellm, src/guidellm/benchmark/outputs/csv.py",
	begins: func(h *head) bool {
		return bytes.HasPrefix(h.text, []byte("Run Info,")) || bytes.HasPrefix(h.text, []byte("Type,Run Id,"))
	},
	read: readGuideTable,
}

// readGuideTable reads the table row by row.
func readGuideTable(d *document) error {
	n := &named{table: newTable(d), names: map[string]int{}}
	names, err := n.row()
	if err != nil {
		return err
	}
	if lines := 3; names[0] == "Run Info" {
		for range lines - 1 {
			more, err := n.row()
			if err != nil {
				return err
			}
			for i := range min(len(names), len(more)) {
				names[i] = strings.TrimSpace(names[i] + " " + more[i])
			}
		}
	}
	for i := range names {
		n.names[strings.ToLower(names[i])] = i
	}
	return n.each(func() error {
		readGuideRow(d.run(), n)
		return nil
	})
}

// readGuideRow reads the means of one benchmark.
func readGuideRow(r *Result, n *named) {
	m := &r.Means
	m.Requests = whole(n.number("request counts successful", "successful requests"))
	r.Failed = whole(n.number("request counts errored", "errored requests")) +
		whole(n.number("request counts incomplete", "incomplete requests"))
	m.Input = n.number("token metrics successful input tokens mean", "successful prompt token count mean")
	m.Output = n.number("token metrics successful output tokens mean", "successful output token count mean")
	m.TTFT = n.number("time to first token successful ms mean", "successful time to first token ms mean")
	m.TPOT = n.number("inter token latency successful ms mean", "successful inter token latency ms mean")
	r.Model = valueIn(n.text("run info backend"), "model")
	if r.Model == "" {
		r.Model = valueIn(n.text("runtime info arguments"), "model")
	}
	r.sent(n.text("benchmark strategy", "name"),
		n.number("server throughput successful concurrency mean", "successful request concurrency mean"),
		n.number("server throughput successful requests/sec mean", "successful requests per second mean"))
}

// sent notes how GuideLLM's strategy sent requests, with the means of what was in flight and of what was
// answered where it does not say.
func (r *Result) sent(strategy string, inFlight, answered float64) {
	kind, value, named := strings.Cut(strategy, "@")
	asked := measured(value)
	switch kind {
	case "synchronous":
		r.Concurrency = 1
	case "throughput":
		r.Rate = math.Inf(1)
	case "concurrent":
		if r.Concurrency = whole(asked); !named {
			r.Concurrency = whole(math.Ceil(inFlight))
			r.Notes = append(r.Notes, "does not say how many requests were kept in flight: the mean that were is taken")
		}
	case "constant", "poisson", "asynchronous":
		if r.Rate = asked; !named || math.IsNaN(asked) {
			r.Rate = max(0, known(answered))
			r.Notes = append(r.Notes, "does not say at which rate requests were sent: that of its answers is taken")
		}
	}
}

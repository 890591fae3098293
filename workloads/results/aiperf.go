package results

import (
	"bytes"
	"math"
	"strings"
)

const aiperfSource = "github.com/ai-dynamo/aiperf, docs/tutorials/working-with-profile-exports.md"

// aiperfRecords is AIPerf's export of every request, an object a line.
var aiperfRecords = Format{
	Name:   "AIPerf, every request",
	About:  "`profile_export.jsonl`: starts, lengths, latencies; requests of the warm-up are left out",
	Source: aiperfSource,
	begins: func(h *head) bool {
		return !h.array && h.has("metadata", "metrics") && !bytes.Contains(h.text, []byte(`"aggregation_type"`))
	},
	read: func(d *document) error {
		r := d.run()
		for d.Peek() != 0 {
			if err := readAIPerfRecord(d, r); err != nil {
				return err
			}
		}
		return nil
	},
}

// readAIPerfRecord reads one request.
func readAIPerfRecord(d *document, r *Result) error {
	q := Request{Line: d.Line()}
	var start, input, output, ttft, e2e, gap aiperfValue
	phase := ""
	err := d.object(fields{
		"metadata": func() error {
			return d.object(fields{"request_start_ns": d.nanoseconds(&start), "benchmark_phase": d.text(&phase)})
		},
		"metrics": func() error {
			return d.object(fields{
				"input_sequence_length": d.measure(&input), "output_sequence_length": d.measure(&output),
				"time_to_first_token": d.measure(&ttft), "ttft": d.measure(&ttft),
				"request_latency": d.measure(&e2e), "inter_token_latency": d.measure(&gap),
			})
		},
	})
	if err != nil || phase == "warmup" {
		return err
	}
	q.Start, q.Input, q.Output = start.seconds(), whole(input.number()), whole(output.number())
	q.TTFT, q.E2E = ttft.seconds(), e2e.seconds()
	if itl := gap.seconds(); !math.IsNaN(itl) && !math.IsNaN(q.TTFT) {
		q.E2E = q.TTFT + float64(itl*float64(max(0, q.Output-1)))
	}
	return d.keep(r, q)
}

// aiperfValue is a number with a unit; its zero value is no number.
type aiperfValue struct {
	value float64
	unit  string
	known bool
}

func (v *aiperfValue) number() float64 {
	if !v.known {
		return math.NaN()
	}
	return v.value
}

// seconds is the value of a time.
func (v *aiperfValue) seconds() float64 {
	switch v.unit {
	case "ms":
		return v.number() * 1e-3
	case "us":
		return v.number() * 1e-6
	case "ns":
		return v.number() * 1e-9
	}
	return v.number()
}

// nanoseconds takes a plain number of them.
func (d *document) nanoseconds(to *aiperfValue) func() error {
	return func() error {
		to.unit, to.known = "ns", true
		return d.number(&to.value)()
	}
}

// measure takes an object of a value, or an average, and its unit.
func (d *document) measure(to *aiperfValue) func() error {
	return func() error {
		if d.Peek() != '{' { // some releases write plain numbers
			to.known = true
			return d.number(&to.value)()
		}
		take := func() error { to.known = true; return d.number(&to.value)() }
		return d.object(fields{"value": take, "avg": take, "mean": take, "unit": d.text(&to.unit)})
	}
}

// aiperfSummary is the JSON export of a run's statistics, of AIPerf and of GenAI-Perf before it.
var aiperfSummary = Format{
	Name:   "AIPerf and GenAI-Perf, summary",
	About:  "`profile_export_aiperf.json`, `profile_export_genai_perf.json`: means",
	Source: aiperfSource,
	begins: func(h *head) bool {
		return !h.array && (h.has("records", "input_config") || h.has("time_to_first_token", "request_latency") ||
			h.has("time_to_first_token", "output_sequence_length") || h.has("request_throughput", "input_config") || h.has("request_latency", "request_throughput"))
	},
	read: func(d *document) error {
		r := d.run()
		var s aiperfStatistics
		concurrency := 0.0
		want := s.fields(d)
		want["records"] = func() error { return d.object(s.fields(d)) }
		want["input_config"] = func() error {
			return d.deep(fields{"model_names": d.text(&r.Model), "model": d.text(&r.Model),
				"concurrency": d.number(&concurrency), "request_rate": d.number(&r.Rate)})
		}
		err := d.object(want)
		if r.Concurrency = whole(concurrency); math.IsNaN(r.Rate) {
			r.Rate = 0
		}
		s.into(r)
		return err
	},
}

// aiperfAggregate is AIPerf's statistics over several runs of one benchmark.
var aiperfAggregate = Format{
	Name:   "AIPerf, several runs",
	About:  "`profile_export_aiperf_aggregate.json`: the means over the runs",
	Source: "github.com/ai-dynamo/aiperf, docs/tutorials/multi-run-confidence.md",
	begins: func(h *head) bool {
		return !h.array && h.has("metadata", "metrics") && bytes.Contains(h.text, []byte(`"aggregation_type"`))
	},
	read: func(d *document) error {
		r := d.run()
		var s aiperfStatistics
		want := s.fields(d)
		err := d.object(fields{"metrics": func() error {
			return d.Object(func(key string) error {
				if take := want[strings.TrimSuffix(key, "_avg")]; take != nil && strings.HasSuffix(key, "_avg") {
					return take()
				}
				return d.Skip()
			})
		}})
		s.into(r)
		return err
	},
}

// aiperfStatistics are averages over a run.
type aiperfStatistics struct{ input, output, ttft, gap, requests, answered aiperfValue }

func (s *aiperfStatistics) fields(d *document) fields {
	return fields{
		"input_sequence_length": d.measure(&s.input), "output_sequence_length": d.measure(&s.output),
		"time_to_first_token": d.measure(&s.ttft), "ttft": d.measure(&s.ttft),
		"inter_token_latency": d.measure(&s.gap), "request_count": d.measure(&s.requests),
		"request_throughput": d.measure(&s.answered),
	}
}

func (s *aiperfStatistics) into(r *Result) {
	r.Means = Means{Requests: whole(s.requests.number()), Input: s.input.number(), Output: s.output.number(),
		TTFT: 1e3 * s.ttft.seconds(), TPOT: 1e3 * s.gap.seconds(), Answered: max(0, known(s.answered.number()))}
}

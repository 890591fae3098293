package results

import (
	"bytes"
	"math"
)

// optimum is the report of Hugging Face's optimum-benchmark, on which the LLM-Perf leaderboard stands, in
// seconds; or the whole benchmark, of which the report is a part beside its settings.
var optimum = Format{
	Name: "optimum-benchmark",
	About: "`benchmark_report.json`, `benchmark.json`: the mean time of the prompts of a batch and of a decode step, and in the second the " +
		"batch, its lengths and the model",
	Source: "github.com/huggingface/optimum-benchmark, optimum_benchmark/scenarios/inference/scenario.py",
	begins: func(h *head) bool {
		return !h.array && (h.has("prefill", "decode") || h.has("config", "report") && bytes.Contains(h.text, []byte(`"scenario"`)))
	},
	read: func(d *document) error {
		r := d.run()
		o := optimumReport{}
		want := o.fields(d)
		want["report"] = func() error { return d.object(o.fields(d)) }
		want["config"] = func() error {
			return d.object(fields{
				"scenario": func() error {
					return d.object(fields{
						"input_shapes": func() error {
							return d.object(fields{"batch_size": d.count(&r.Concurrency), "sequence_length": d.number(&r.Means.Input)})
						},
						"generate_kwargs": func() error { return d.object(fields{"max_new_tokens": d.number(&r.Means.Output)}) },
					})
				},
				"backend": func() error { return d.object(fields{"model": d.text(&r.Model), "name": d.text(&r.Engine)}) },
			})
		}
		err := d.object(want)
		r.Means.Requests, r.Means.TTFT, r.Means.TPOT = r.Concurrency, 1e3*o.prefill, 1e3*o.step
		if math.IsNaN(o.step) && r.Means.Output > 1 {
			r.Means.TPOT = 1e3 * o.decode / (r.Means.Output - 1)
		}
		return err
	},
}

// optimumReport is the times that a report gives.
type optimumReport struct {
	prefill, decode, step float64 // s
}

func (o *optimumReport) fields(d *document) fields {
	o.prefill, o.decode, o.step = math.NaN(), math.NaN(), math.NaN()
	of := func(to *float64) func() error {
		return func() error {
			return d.object(fields{"latency": func() error {
				unit, v := "", math.NaN()
				err := d.object(fields{"unit": d.text(&unit), "mean": d.number(&v)})
				if scale := secondsIn[unit]; scale > 0 {
					*to = v * scale
				}
				return err
			}})
		}
	}
	return fields{"prefill": of(&o.prefill), "decode": of(&o.decode), "per_token": of(&o.step)}
}

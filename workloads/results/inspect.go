package results

import (
	"cmp"
	"math"
	"slices"
)

// inspect is a log of Inspect, of an evaluation as JSON or of one of its samples: the calls of a model are
// events of the samples.
var inspect = Format{
	Name: "Inspect, logs of evaluations",
	About: "a log as JSON, or one sample of a log (`samples/….json` in an `.eval`): of each call of a model its start, its tokens, " +
		"those of the cache included, and its time; of a sample without events its tokens",
	Source: "github.com/UKGovernmentBEIS/inspect_ai, src/inspect_ai/log/_log.py and event/_model.py",
	begins: func(h *head) bool {
		return !h.array && (h.has("version", "status", "eval") || h.has("id", "epoch", "input", "target"))
	},
	read: func(d *document) error {
		r := d.run()
		line := d.Line()
		s := inspectSample{}
		fields := s.fields(d, r)
		fields["eval"] = func() error { return d.object(map[string]func() error{"model": d.text(&r.Model)}) }
		fields["samples"] = func() error {
			return d.array(func() error {
				one := inspectSample{}
				line := d.Line()
				if err := d.object(one.fields(d, r)); err != nil {
					return err
				}
				return one.end(d, r, line)
			})
		}
		if err := d.object(fields); err != nil {
			return err
		}
		if err := s.end(d, r, line); err != nil {
			return err
		}
		slices.SortStableFunc(r.Requests, func(a, b Request) int { return cmp.Compare(a.Start, b.Start) })
		return nil
	},
}

// inspectSample is what a sample says of itself.
type inspectSample struct {
	whole   inspectOutput
	started string
	calls   int
}

// inspectOutput is what a model gave.
type inspectOutput struct {
	model                         string
	input, read, written, outputs float64
	seconds                       float64
}

func (o *inspectOutput) take(d *document) func() error {
	*o = inspectOutput{seconds: math.NaN()}
	return func() error {
		return d.object(fields{"model": d.text(&o.model), "time": d.number(&o.seconds), "usage": func() error {
			return d.object(fields{"input_tokens": d.number(&o.input), "output_tokens": d.number(&o.outputs),
				"input_tokens_cache_read": d.number(&o.read), "input_tokens_cache_write": d.number(&o.written)})
		}})
	}
}

// request is the call that gave it.
func (o *inspectOutput) request(line int) Request {
	return Request{Start: math.NaN(), TTFT: math.NaN(), E2E: o.seconds, Line: line,
		Input: whole(known(o.input) + known(o.read) + known(o.written)), Output: whole(known(o.outputs))}
}

func (s *inspectSample) fields(d *document, r *Result) fields {
	return fields{"output": s.whole.take(d), "started_at": d.text(&s.started), "events": func() error {
		return d.array(func() error { return s.event(d, r) })
	}}
}

// event takes an event, if it is a call.
func (s *inspectSample) event(d *document, r *Result) error {
	kind, at, line := "", "", d.Line()
	var o inspectOutput
	err := d.object(fields{"event": d.text(&kind), "timestamp": d.text(&at), "output": o.take(d)})
	if err != nil || kind != "model" {
		return err
	}
	s.calls++
	if r.Model == "" {
		r.Model = o.model
	}
	q := o.request(line)
	q.Start = moment(at)
	return d.keep(r, q)
}

// end takes a sample as one call where it has no events.
func (s *inspectSample) end(d *document, r *Result, line int) error {
	if s.calls > 0 || !(s.whole.outputs > 0) {
		return nil
	}
	if r.Model == "" {
		r.Model = s.whole.model
	}
	q := s.whole.request(line)
	if s.started != "" {
		q.Start = moment(s.started)
	}
	return d.keep(r, q)
}

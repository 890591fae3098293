package report

import (
	"cmp"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/cost"
)

// Version is roofserve's release, which every result repeats.
const Version = "0.1.0"

// Run is the JSON object of a simulated scenario, keys in a fixed order.
func Run(r *scenarios.Run) any { return RunAs(r, VLLM) }

// RunAs is Run with the names that a benchmark tool gives to metrics.
func RunAs(r *scenarios.Run, tool Compat) any {
	o := &object{}
	o.set("model_id", modelID(r))
	o.set("backend", cmp.Or(r.Scenario.Engine.Profile, r.Scenario.Engine.Policy))
	for _, m := range r.Metrics() {
		if group, key, nested := strings.Cut(m.Name, "."); nested {
			o.in(group).set(key, m.JSON())
		} else {
			o.set(tool.name(m.Name), m.JSON())
		}
	}
	if r.Result.Sessions != nil {
		o.set("ttft_by_turn", byTurn(r.Result.Sessions))
	}
	if r.Scenario.Router.IsSet() {
		o.in("router").set("per_replica", r.Result.Router.PerReplica)
	}
	if rates := r.AcceptanceByPosition(); rates != nil {
		o.set("spec_decode_per_position_acceptance_rates", rates)
	}
	if !r.Scenario.SLO.IsSet() {
		o.set(scenarios.Goodput, nil) // as vLLM writes it without --goodput
	}
	if len(r.Classes) > 0 {
		o.set("classes", classObjects(r))
		o.set("jain_index", orNull(scenarios.JainIndex(r.Classes)))
	}
	if len(r.Intervals) > 0 {
		o.set("interval", intervals(r, tool))
	}
	o.set("step_breakdown", breakdown(r))
	o.set("evidence", evidenceOf(r))
	if r.Verdicts != nil {
		o.set("expectations", verdictObjects(r.Verdicts))
	}
	if e := &r.Scenario.Engine; e.Version != "" || e.Profile != "" {
		o.set("rules", append([]string{}, r.Parts.Limits.Rules.InForce()...))
	}
	o.set("scenario", r.Scenario)
	o.set("seed", r.Scenario.Workload.Seed)
	o.set("version", Version)
	o.set("warnings", append([]string{}, r.Notes()...))
	return o
}

// byTurn are the times to first token of sessions' first, second, … requests.
func byTurn(s *sim.SessionStats) []object {
	list := []object{}
	for i := range s.ByTurn {
		d := &s.ByTurn[i]
		list = append(list, object{{"turn", i + 1}, {"requests", d.Count}, {"mean_ttft_ms", d.Mean},
			{"median_ttft_ms", d.Median}, {"p99_ttft_ms", d.P99}})
	}
	return list
}

// evidenceOf is what the mean decode step rests on; null without one.
func evidenceOf(r *scenarios.Run) any {
	if r.Evidence == nil {
		return nil
	}
	return evidenceObject(r.Evidence())
}

// evidenceObject is what a step's time rests on, the law by which it may be off most first.
func evidenceObject(e *scenarios.Evidence) any {
	laws := make([]object, 0, len(e.Laws))
	for i := range e.Laws {
		l := &e.Laws[i]
		laws = append(laws, object{{"law", l.Law}, {"share", l.Share}, {"error", l.Error()}, {"device", l.Device},
			{"engine", l.Engine}, {"version", l.Version}, {"rows", l.Rows}, {"dropped", l.Dropped}})
	}
	return object{{"text", e.String()}, {"host_share", e.Host}, {"laws", laws}}
}

// halfWidths are half of the intervals' widths, of the logarithm of each latency.
func halfWidths(s *scenarios.Sureness) object {
	return object{{"tpot", s.TPOT}, {"ttft", s.TTFT}, {"e2el", s.E2E}}
}

// lacks are what intervals are wider for: what no end-to-end row was measured of, and the version of the
// engine whose kernels were not.
func lacks(s *scenarios.Sureness) []string {
	list := []string{}
	for _, of := range []struct {
		name  string
		lacks bool
	}{{"engine", s.NewEngine}, {"format", s.NewFormat}, {"mixer", s.NewMixer}, {"version", !s.VersionMeasured}} {
		if of.lacks {
			list = append(list, of.name)
		}
	}
	return list
}

// intervals are the ranges of the metrics, and what they rest on.
func intervals(r *scenarios.Run, tool Compat) object {
	ranges := rangesOf(r, "", tool)
	return object{{"low", scenarios.IntervalLow}, {"high", scenarios.IntervalHigh}, {"half_width", halfWidths(r.Sureness)},
		{"lacks", lacks(r.Sureness)}, {"metrics", ranges}}
}

// rangesOf are the intervals of a class's metrics; of all requests' where it is empty.
func rangesOf(r *scenarios.Run, class string, tool Compat) object {
	ranges := object{}
	for _, i := range r.Intervals {
		if i.Class == class {
			ranges.set(tool.name(i.Metric), []float64{i.Low, i.High})
		}
	}
	return ranges
}

func modelID(r *scenarios.Run) string {
	if r.Parts.Model == nil {
		return ""
	}
	if id := r.Parts.Model.ID; id != "" {
		return id
	}
	return r.Parts.Model.Name
}

// breakdown is where the mean decode step's time goes. Without such a step its numbers are null.
func breakdown(r *scenarios.Run) any {
	step := &object{{"sequences", nil}, {"mean_context", nil}, {"total_ms", nil}}
	if len(r.Breakdown) > 0 {
		*step = object{{"sequences", r.Result.MeanDecode.Sequences}, {"mean_context", r.MeanContext()}, {"total_ms", total(r.Breakdown)}}
	}
	operators := make([]object, 0, len(r.Breakdown))
	for _, t := range r.Breakdown {
		var o object
		o.set("name", t.Name)
		o.set("layer", t.Layer)
		o.set("count", t.Count)
		o.set("flops", float64(t.FLOPs))
		o.set("bytes", float64(t.Bytes))
		o.set("time_ms", t.Time.Milliseconds())
		o.set("share", share(t.Time.Milliseconds(), total(r.Breakdown)))
		o.set("bound", t.Bound)
		operators = append(operators, o)
	}
	step.set("operators", operators)
	return step
}

// total is the operators' time in ms.
func total(operators []cost.OperatorTime) float64 {
	sum := 0.0
	for _, t := range operators {
		sum += t.Time.Milliseconds()
	}
	return sum
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

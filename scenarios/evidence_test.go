package scenarios

import (
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// TestEvidenceAddsUp: laws, the engine's constants and the memory's rate make up a step, and each operator's
// error lies among its laws'.
func TestEvidenceAddsUp(t *testing.T) {
	for _, name := range []string{"llama-3.1-8b-h100", "deepseek-r1-a100"} {
		_, r := built(t, name, "workload.requests=30")
		e, sum, worst := r.Evidence(), 0.0, 0.0
		for i, l := range e.Laws {
			sum += l.Share
			worst = math.Max(worst, l.Error())
			if !(l.Share > 0) || !(l.Error() > 0) || i > 0 && l.weight() > e.Laws[i-1].weight() {
				t.Errorf("%s: %+v, error %v", name, l, l.Error())
			}
		}
		if all := sum + e.Host; all < 0.8 || all > 1.0001 {
			t.Errorf("%s: shares add up to %v", name, all)
		}
		for i, of := range e.Operators {
			if of < 0 || of > worst+1e-3 {
				t.Errorf("%s: operator %d is off by %v, the worst law by %v", name, i, of, worst)
			}
		}
		if text := e.String(); text != r.Notes()[0] || !strings.Contains(text, "% on ") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// The worst law is named by itself, with what it rests on.
func TestEvidenceNamesTheWorst(t *testing.T) {
	sound := LawShare{kernels.Origin{Law: "gemm.bf16", P90: 0.07, Rows: 900, Device: "g"}, 0.62}
	poor := LawShare{kernels.Origin{Law: "latent-decode.wide", P90: 1.23, Rows: 312, Dropped: 1053,
		Device: "g"}, 0.31}
	lent := LawShare{kernels.Origin{Law: "experts.bf16", Kind: kernels.OtherEngine, P90: 0.1, Rows: 9,
		Device: "g", Engine: "e"}, 0.04}
	e := &Evidence{Laws: []LawShare{poor, sound, lent}, Host: 0.03, step: "mean decode step", device: "g",
		lacks: "mla under e"}
	const want = "mean decode step (± nine in ten held-out measurements): 62% on laws measured on g, ±7%; 31% on " +
		"latent-decode.wide, ±123%, 1,053 of 1,365 rows dropped; 4% on experts.bf16 of e, ±41%; 3% on the engine's " +
		"constants, fitted end to end; no deployment was measured with mla under e"
	if got := e.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestWhatNobodyMeasuredWarns: a GPU without measurements, and one of another generation even where a floor
// of the host's hides its kernels; and nothing warns of what is the same in every scenario.
func TestWhatNobodyMeasuredWarns(t *testing.T) {
	for device, want := range map[string]string{
		"b300-sxm-288gb": "were not measured on b300-sxm-288gb", "b200-sxm-180gb": "", "l4-24gb": "were not measured on l4-24gb",
		"h100-sxm-80gb": "",
	} {
		for _, engine := range []string{"vllm", "sglang", "trtllm"} {
			b, _ := built(t, strings.Replace(closed, "h100-sxm-80gb", device, 1), "engine.policy="+engine,
				"workload.synthetic.requests=16", "hardware.gpus=2")
			if text := strings.Join(b.Parts.Warnings, "; "); (text == "") != (want == "") || !strings.Contains(text, want) {
				t.Errorf("%s under %s: %q", device, engine, text)
			}
		}
	}
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		r, parts, err := s.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.CostModel(parts); err == nil && strings.Contains(strings.Join(parts.Warnings, ""), "pointwise") {
			t.Errorf("%s: %q", name, parts.Warnings)
		}
	}
}

package scenarios

import (
	"context"
	"testing"
)

// TestAnswersThatAreFound: a turn of 32 tokens is answered with 17, of which all but the last are found by
// the next of 64: 16 of 48 tokens. The third, of 96, finds 80, those 17 and 16 of the answer before it
// (specification, 5: output_tokens_hit). Without prompts in caches nothing is found, and without sessions
// there is no such metric.
func TestAnswersThatAreFound(t *testing.T) {
	run := func(settings ...string) *Run {
		t.Helper()
		s := Empty("answers")
		setAll(t, s, append([]string{small, "workload.synthetic.requests=3",
			`workload.synthetic.arrival={process="constant", rate=1.0}`,
			`workload.synthetic.input={distribution="fixed", value=32}`,
			`workload.synthetic.output={distribution="fixed", value=17}`}, settings...)...)
		r, err := s.Simulate(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const key = "prefix_cache.output_tokens_hit"
	turns := "workload.synthetic.sessions={turns=3, turn_tokens=15}"
	for want, settings := range map[float64][]string{
		16 + 33: {turns},
		0:       {turns, "engine.prefix_caching=false"},
	} {
		r := run(settings...)
		if got := float64(r.AnswerHits); got != want {
			t.Errorf("%v: %v tokens of answers are found, by hand %v", settings, got, want)
		}
		if got, has := Values(r.Metrics())[key]; want > 0 && (!has || got != want) {
			t.Errorf("the result says %v, %v", got, has)
		}
	}
	if r := run(turns); r.Result.Prefix.HitTokens != 48+80 {
		t.Errorf("%d tokens are found, by hand 128", r.Result.Prefix.HitTokens)
	}
	if _, has := Values(run().Metrics())[key]; has {
		t.Error("without sessions there is a metric of answers")
	}
}

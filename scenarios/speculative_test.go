package scenarios

import (
	"context"
	"math"
	"strings"
	"testing"
)

// drafted are those of speculative decoding by some method.
func drafted(method string) []string {
	return drawn("speculative.method="+method, "speculative.num_speculative_tokens=2", "speculative.acceptance=0.7")
}

func speculativeProbes() map[string]keyProbe {
	return map[string]keyProbe{
		"speculative.method":                 {drafted("eagle3"), "eagle3", "ngram"},
		"speculative.num_speculative_tokens": {drafted("eagle3"), "1", "4"},
		"speculative.acceptance":             {drafted("eagle3"), "0.4", "[0.9, 0.8]"},
		"speculative.acceptance_length":      {drawn("speculative.method=eagle3", "speculative.num_speculative_tokens=2"), "1.4", "2.6"},
		"speculative.draft_model":            {drafted("draft_model"), "llama-3.2-1b", "llama-3.2-3b"},
		"speculative.by_class": {[]string{small, "workload.trace=chat", "workload.requests=40", "speculative.method=eagle3",
			"speculative.num_speculative_tokens=2", "speculative.acceptance=0.5"}, "{code=0.9}", "{chat=0.9}"},
		"speculative.sampling":              {drafted("eagle3"), "even", "rounds"},
		"speculative.disable_by_batch_size": {append(drafted("eagle3"), "speculative.sampling=rounds"), "0", "2"},
	}
}

// TestSpeculationIsRefusedWhereItMeansNothing looks at what messages say.
func TestSpeculationIsRefusedWhereItMeansNothing(t *testing.T) {
	for _, c := range []struct {
		settings []string
		says     string
	}{
		{drawn("speculative.acceptance=0.5"), "speculative.acceptance: stands in a table without method"},
		{drawn("speculative.method=mtp", "speculative.acceptance=0.5"), "without layers of multi-token prediction; use eagle3"},
		{drawn("speculative.method=eagle3", "speculative.acceptance=0.5"), "set num_speculative_tokens"},
		{drawn("speculative.method=eagle3", "speculative.num_speculative_tokens=2"), "set acceptance or acceptance_length"},
		{append(drafted("eagle3"), "speculative.acceptance_length=2"), "stands beside acceptance"},
		{append(drafted("eagle3"), "speculative.by_class={chat=[0.5]}"), "speculative.by_class: has 1 probabilities for 2 drafts"},
		{append(drafted("eagle3"), "speculative.by_class={chat=1.5}"), "speculative.by_class: 1.5 is no probability"},
		{append(drafted("eagle3"), "speculative.acceptance=[0.5]"), "has 1 probabilities for 2 drafts"},
		{append(drafted("eagle3"), "speculative.acceptance=1.5"), "1.5 is no probability"},
		{append(drafted("eagle3"), "speculative.draft_model=llama-3.2-1b"), "has no meaning with method"},
		{drafted("draft_model"), "names no model that drafts"},
		{append(drafted("draft_model"), "speculative.draft_model=llama-9"), "speculative.draft_model"},
		{append(drafted("draft_model"), "speculative.draft_model=qwen3-0.6b"), "has a vocabulary of"},
		{append(drafted("ngram"), "engine.policy=trtllm", "engine.max_num_seqs=2000", "engine.max_num_batched_tokens=4096"), "use at most 1365"},
		{append(drafted("ngram"), "speculative.disable_by_batch_size=2"), `set sampling = "rounds"`},
		{append(drafted("ngram"), "speculative.disable_by_batch_size=2", "speculative.sampling=rounds", "hardware.gpus=2", "parallel.dp=2"),
			"disable_by_batch_size: is modelled without data-parallel ranks"},
		{append(drafted("ngram"), "model.name=llama-4-scout-17b-16e", "hardware.gpus=8"), `set sampling = "rounds"`},
	} {
		if _, err := outcome(t, c.settings...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v; should say %q", c.settings, err, c.says)
		}
	}
}

// TestDraftersCountInMemory looks for the layer of multi-token prediction of DeepSeek-V3, as large as
// the catalogue counts it, and for its cache, a sixty-second of the whole.
func TestDraftersCountInMemory(t *testing.T) {
	settings := []string{"model.name=deepseek-v3", "hardware.device=h200-sxm-141gb", "hardware.gpus=8"}
	plain := parts(t, settings...)
	drafting := parts(t, append(settings, "speculative.method=mtp", "speculative.acceptance=0.85")...)
	more := drafting.Memory.WeightBytesPerGPU - plain.Memory.WeightBytesPerGPU
	split := plain.Plan.Split()
	if want := plain.Model.MTPBytesPerRank(split, &plain.Plan.Precision); want == 0 || more != want {
		t.Errorf("a GPU holds %g bytes more, should hold %g", float64(more), float64(want))
	}
	if got, want := drafting.Memory.KVBytesPerToken/plain.Memory.KVBytesPerToken, 62.0/61; float64(got) != want {
		t.Errorf("a token takes %g times the cache, should take %g", float64(got), want)
	}
	if drafting.Memory.Usable() >= plain.Memory.Usable() {
		t.Errorf("%d blocks beside a drafter, %d without", drafting.Memory.Usable(), plain.Memory.Usable())
	}
}

// TestDraftsBesideTransfers: decode pools verify drafts, and the cache of the layer of multi-token prediction
// goes to them with the others, a sixty-second of the whole.
func TestDraftsBesideTransfers(t *testing.T) {
	sent := func(settings ...string) *Run {
		t.Helper()
		s := Empty("drafts")
		load := drawn("model.name=deepseek-v3", "hardware.device=h200-sxm-141gb", "hardware.gpus=8",
			`pool=[{role="prefill"}, {role="decode"}]`, "workload.synthetic.requests=20")
		setAll(t, s, append(load, settings...)...)
		r, err := s.Simulate(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	plain, drafting := sent(), sent("speculative.method=mtp", "speculative.acceptance=0.85")
	more := float64(drafting.Result.Transfers.Bytes) / float64(plain.Result.Transfers.Bytes)
	if want := 62.0 / 61; math.Abs(more-want) > 1e-6 {
		t.Errorf("%g times the bytes go, should be %g", more, want)
	}
	length := Values(drafting.Metrics())["spec_decode_acceptance_length"]
	if math.Abs(length-1.85) > 0.1 || drafting.Result.TPOT.Mean >= plain.Result.TPOT.Mean {
		t.Errorf("a step gives %g tokens; %g ms a token, %g without drafts", length, drafting.Result.TPOT.Mean,
			plain.Result.TPOT.Mean)
	}
}

// parts are those of a scenario with some settings.
func parts(t *testing.T, settings ...string) *Parts {
	t.Helper()
	s := Empty("drafts")
	setAll(t, s, settings...)
	_, p, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

package kernels

import (
	"math"
	"testing"
)

func deltaRule(kind string, sequences, tokens int) RecurrenceShape {
	return RecurrenceShape{Kind: kind, Sequences: sequences, Tokens: tokens, KeyHeads: 16, Heads: 32,
		KeyDim: 128, ValueDim: 128,
		ConvWidth: 4, ConvDim: 8192}
}

func TestStepOnTheDataSheetReadsAndWritesItsStates(t *testing.T) {
	d, set := expertsDevice(), Datasheet()
	want := 2 * 4 * 64 * 32 * 128 * 128 / 3.35e12
	if got := float64(set.Recurrence.Step(d, deltaRule("gdn", 64, 64))); math.Abs(got/want-1) > 1e-3 {
		t.Errorf("a step of 64 sequences takes %g s, its states %g", got, want)
	}
}

func TestRecurrenceKeepsItsLaws(t *testing.T) {
	d, set := expertsDevice(), Default()
	for _, kind := range []string{"gdn", "kda", "mamba2", "mamba1"} {
		step, scan := set.Recurrence.Decode(d, deltaRule(kind, 1, 1)), set.Recurrence.Prefill(d,
			deltaRule(kind, 1, 64))
		for n := 2; n <= 1<<10; n *= 2 {
			if next := set.Recurrence.Decode(d, deltaRule(kind, n, n)); next <= step {
				t.Errorf("%s: a step of %d sequences takes %g s, of half of them %g", kind, n, next, step)
			} else {
				step = next
			}
			if next := set.Recurrence.Prefill(d, deltaRule(kind, 1, 64*n)); next <= scan {
				t.Errorf("%s: %d tokens take %g s, half of them %g", kind, 64*n, next, scan)
			} else {
				scan = next
			}
		}
		one, many := deltaRule(kind, 1, 4096), deltaRule(kind, 8, 4096)
		if set.Recurrence.Scan(d, many) >= set.Recurrence.Scan(d, one) && kind == "gdn" {
			t.Error("eight short sequences do not run side by side")
		}
		if got := set.Recurrence.Decode(d, deltaRule(kind, 0, 0)) + set.Recurrence.Prefill(d,
			deltaRule(kind, 0, 0)); got != 0 {
			t.Errorf("%s: nothing takes %g s", kind, got)
		}
	}
}

package sim

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/workloads"
)

// Steps that verify drafts, by hand.

// verifies makes drafts accepted with these probabilities.
func verifies(t *testing.T, lookahead int, drawn bool, probabilities ...float64) func(*Config) {
	law, err := drafts.New(probabilities, 1)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Verify = &drafts.Verification{Law: law, Drawn: drawn, Lookahead: lookahead} }
}

// Beside a prefill pool, whose prompt is computed at 1 and comes at 1.5, a step gives two tokens: the second
// to fifth are there at 3.5. Where the decode side computes the first one anew, that is one more step.
func TestMicroSpeculationBesideTransfers(t *testing.T) {
	for _, drawn := range []bool{false, true} {
		drafting := func(c *Config) {
			verifies(t, 2, drawn, 1, 0)(c)
			c.Verify, c.Others[0].Verify = nil, c.Verify
		}
		for want, c := range map[tokens]Config{
			{first: 1, last: 3.5}:   parted(32, drafting),
			{first: 2.5, last: 4.5}: parted(32, again, drafting),
		} {
			for name, run := range map[string]func(Config) (*Result, error){"engine": engine, "oracle": simulate} {
				r, got := outcome(t, c, &fixture.List{Requests: asks(1, 32, 5)}, run)
				ms := func(t units.Picoseconds) float64 { return float64(t) / float64(tickTime) }
				is := tokens{first: ms(got[0].FirstToken), last: ms(got[0].LastToken)}
				if is != want || r.Drafts[1] != 2 {
					t.Errorf("%s, drawn %v: %+v, steps by drafts %v; want %+v", name, drawn, is, r.Drafts, want)
				}
			}
		}
	}
}

// Of two sequences that run a step drafts nothing (spec_decode_worker.py, _should_disable_all_speculation):
// one gives two tokens in 2 and 3, and one beside the other's prompt, which comes with 4, and after it.
// Alone again, it gives two in 7 once more.
func TestMicroDisabledSpeculation(t *testing.T) {
	disabled := func(c *Config) {
		verifies(t, 2, true, 1, 0)(c)
		c.Verify.DisableAt, c.Plain = 2, tick{}
	}
	m := micro{name: "many sequences", c: vllmMicro(100, disabled), requests: []asked{
		{at: 0, in: 16, out: 10, first: 1, last: 7}, {at: 2.5, in: 16, out: 3, first: 4, last: 6},
	}}
	m.run(t)
	if r, _ := outcome(t, m.c, m.source(), engine); r.Drafts[1] != 3 || r.Drafts[0]+r.Drafts[2] != 0 {
		t.Errorf("steps by accepted drafts: %v, want three with one", r.Drafts)
	}
}

func TestMicroSpeculation(t *testing.T) {
	two := func(drawn bool) func(*Config) { return verifies(t, 2, drawn, 1, 0) } // a step gives two tokens
	first := func(c *Config) { c.Order = order.Priority }
	for _, drawn := range []bool{false, true} {
		runMicros(t, []micro{
			{"one of two drafts is accepted", vllmMicro(100, two(drawn)), 0, []asked{{in: 16, out: 5, first: 1, last: 3}}},
			{"no draft is", vllmMicro(100, verifies(t, 2, drawn, 0, 0)), 0, []asked{{in: 16, out: 5, first: 1, last: 5}}},
			{"all are, and the last step's are cut", vllmMicro(100, verifies(t, 0, drawn, 1, 1, 1)), 0,
				[]asked{{in: 16, out: 6, first: 1, last: 3}}},
			// The first request's rows are 3 of 20 tokens; 17 of the other's prompt come in 2 and 3.
			{"a budget counts rows", vllmMicro(20, two(drawn)), 0,
				[]asked{{in: 16, out: 9, first: 1, last: 5}, {in: 34, out: 1, first: 3, last: 3}}},
			// Six tokens are two sequences' rows: the third sits out until the first ends.
			{"a budget of two sequences' rows", vllmMicro(6, verifies(t, 2, drawn, 0, 0)), 0, []asked{
				{in: 2, out: 5, first: 1, last: 5}, {in: 2, out: 7, first: 1, last: 7},
				{in: 2, out: 3, first: 1, last: 7}}},
			// At 16 tokens computed, 3 rows and 2 slots ahead ask for 21: two blocks each, and there are three.
			// The later one waits from 2 until the other has ended at 3, and computes 17 tokens in 4.
			{"blocks for rows and slots ahead", vllmMicro(100, two(drawn), blocks(4)), 0,
				[]asked{{in: 16, out: 5, first: 1, last: 3}, {in: 16, out: 5, first: 1, last: 6, preempts: true}}},
			// Without slots ahead 16 tokens and 3 rows of each of the same two still ask for two blocks each.
			{"blocks for rows", vllmMicro(100, verifies(t, 0, drawn, 1, 0), blocks(4)), 0,
				[]asked{{in: 16, out: 5, first: 1, last: 3}, {in: 16, out: 5, first: 1, last: 6, preempts: true}}},
			// 13 tokens and 3 rows fill one block, and the next step asks for a second.
			{"rows that end with a block", vllmMicro(100, verifies(t, 0, drawn, 1, 0), blocks(4)), 0,
				[]asked{{in: 13, out: 5, first: 1, last: 3}, {in: 13, out: 5, first: 1, last: 5, preempts: true}}},
			// Planned ahead, the step that follows the last is planned with the one that ends: its slot is free at 5.
			{"an end is not foreseen", vllmMicro(100, two(drawn), late, slots(1)), 0,
				[]asked{{in: 16, out: 5, first: 1, last: 3}, {in: 16, out: 1, first: 5, last: 5}}},
			{"a chunk of a prompt gives one token", vllmMicro(16, verifies(t, 0, drawn, 1), slots(1)), 0,
				[]asked{{in: 32, out: 4, first: 2, last: 4}}},
			{"priorities stand beside drafts", vllmMicro(100, two(drawn), first, slots(1)), 0,
				[]asked{{in: 16, out: 5, first: 1, last: 3}, {in: 16, out: 3, first: 4, last: 5}}},
		})
	}
}

// TestSharesAreWhatDrawsGive compares even shares with draws, step by step: times and throughput differ by
// less than half a percent, and a lone request ends at the same step.
func TestSharesAreWhatDrawsGive(t *testing.T) {
	for _, rate := range []float64{2, 20} {
		var results []*Result
		for _, drawn := range []bool{false, true} {
			c := fixture.Standard(fixture.NewPoisson(600, rate), 1<<20)
			verifies(t, 3, drawn, 0.88, 0.75, 0.6)(&c)
			r, err := engine(c)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, r)
		}
		even, drawn := results[0], results[1]
		for _, x := range []struct {
			what string
			a, b float64
		}{
			{"TPOT", even.TPOT.Mean, drawn.TPOT.Mean}, {"TTFT", even.TTFT.Mean, drawn.TTFT.Mean},
			{"E2E", even.E2E.Mean, drawn.E2E.Mean}, {"time", float64(even.Duration), float64(drawn.Duration)},
		} {
			if math.Abs(x.a/x.b-1) > 0.005 {
				t.Errorf("at %g requests/s even shares give %s %g, draws %g", rate, x.what, x.a, x.b)
			}
		}
		if even.Drafts != drawn.Drafts {
			t.Errorf("even shares count steps %v, draws %v", even.Drafts, drawn.Drafts)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		q := []workloads.Request{{Input: 1 + rng.IntN(50), Output: 1 + rng.IntN(200)}}
		var last [2]Finished
		for i, drawn := range []bool{false, true} {
			c := vllmMicro(100, verifies(t, 2, drawn, 0.7, 0.4))
			_, finished := outcome(t, c, &fixture.List{Requests: q}, engine)
			last[i] = finished[0]
		}
		if last[0] != last[1] {
			t.Errorf("even shares: %+v, draws: %+v", last[0], last[1])
		}
	}
}

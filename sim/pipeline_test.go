package sim

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/workloads"
)

// staged is a cost model whose stages take a time for each token of the largest microbatch, and nothing else.
type staged struct {
	stages   int
	perToken units.Picoseconds // through all stages
}

func (s *staged) Reaches() []arch.Reach { return []arch.Reach{{}} }

func (s *staged) Step(loads []arch.Load) units.Picoseconds {
	l := &loads[0]
	largest := max(l.Longest, (l.ChunkTokens+s.stages-1)/s.stages) + (l.Decodes+s.stages-1)/s.stages
	return s.perToken * units.Picoseconds(largest)
}

func (s *staged) Decode(sequences []int, d *cost.Decode) {
	d.Ranks[0] = cost.RankDecode{}
	d.Fixed = s.perToken * units.Picoseconds((sequences[0]+s.stages-1)/s.stages)
}

// passed is when the last of pieces has left the last stage, each stage taking its share of a piece's time
// and one piece after the other.
func passed(stages int, pieces []float64) float64 {
	free := make([]float64, stages)
	for _, time := range pieces {
		at := 0.0
		for i := range free {
			at = max(at, free[i]) + time/float64(stages)
			free[i] = at
		}
	}
	return free[stages-1]
}

// lone serves one prompt and returns its time to first token.
func lone(t interface{ Fatal(...any) }, step cost.Stepper, stages, budget, tokens int) units.Picoseconds {
	c := fixture.Standard(&fixture.List{Requests: []workloads.Request{{Input: tokens, Output: 2}}}, 100_000)
	c.Step, c.Stages, c.Check = step, stages, true
	c.Limits.MaxNumBatchedTokens = budget
	var first units.Picoseconds
	c.OnFinish = func(f *Finished) { first = f.FirstToken }
	if _, err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	return first
}

// A lone prompt fills the pipeline with its first pieces and drains it with its last ones: where a piece
// takes time in proportion to its tokens, the time is that of the pieces passing the stages, up to a rounding
// in each round.
func TestLonePromptFillsAndDrains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stages := rapid.IntRange(1, 6).Draw(t, "stages")
		budget := rapid.IntRange(1, 64).Draw(t, "budget")
		tokens := rapid.IntRange(1, 1500).Draw(t, "tokens")
		const perToken = 1e6
		var pieces []float64
		for left := tokens; left > 0; left -= budget {
			pieces = append(pieces, perToken*float64(min(left, budget)))
		}
		got, want := lone(t, &staged{stages, perToken}, stages, budget, tokens), passed(stages, pieces)
		if math.Abs(float64(got)-want) > float64(len(pieces)) {
			t.Errorf("the first token comes after %d ps, want %v", got, want)
		}
	})
}

// pipeline is Llama-3.1-8B on stages of one H100 each, without an engine's overhead.
func pipeline(t *testing.T, stages int) *cost.Model {
	t.Helper()
	spec, err := arch.Lookup("llama-3.1-8b")
	if err != nil {
		t.Fatal(err)
	}
	model, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	device, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	plan := arch.Plan{TP: 1, PP: stages, DP: 1, EP: 1, GPUsPerNode: device.GPUsPerNode,
		Precision: model.Published}
	m, err := cost.New(cost.Config{Model: model, Device: device, Plan: plan, Kernels: kernels.Default()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLonePromptOfAModel compares prompts of 1 to 9 pieces on 1 to 4 stages with the same pieces passing the
// stages one behind the other, each with the keys before it. The last one has most, and drains alone; a round
// knows the mean of its pieces. That makes up to 4.7%, for 4 pieces on 4 stages, and nothing where a round
// ends with its first piece.
func TestLonePromptOfAModel(t *testing.T) {
	const budget = 2048
	worst := 0.0
	for stages := 1; stages <= 4; stages++ {
		m := pipeline(t, stages)
		for k := 1; k <= 9; k++ {
			var pieces []float64
			for i := range k {
				var l arch.Load
				l.AddChunk(m.Reaches(), i*budget, budget, i == k-1)
				pieces = append(pieces, float64(m.Step([]arch.Load{l})))
			}
			off := float64(lone(t, cost.NewMeter(m), stages, budget, k*budget))/passed(stages, pieces) - 1
			if k%stages == 1%stages && math.Abs(off) > 1e-4 {
				t.Errorf("%d pieces on %d stages, of which the last passes alone: off by %v", k, stages, off)
			}
			if math.Abs(off) > math.Abs(worst) {
				worst = off
			}
		}
	}
	if math.Abs(worst) > 0.05 {
		t.Errorf("the largest error is %.1f%%", 100*worst)
	}
}

// Two stages compute prompts almost twice as fast as one, if there are always more: what passing activations
// on costs is little.
func TestStagesMultiplyPrefill(t *testing.T) {
	duration := func(stages, prompt int) float64 {
		var requests []workloads.Request
		for range 200 {
			requests = append(requests, workloads.Request{Input: prompt, Output: 1})
		}
		c := fixture.Standard(&fixture.List{Requests: requests}, 100_000)
		c.Step, c.Stages, c.Check = cost.NewMeter(pipeline(t, stages)), stages, true
		r, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		return float64(r.Duration)
	}
	for _, prompt := range []int{300, 2048, 10_000} {
		one := duration(1, prompt)
		for _, stages := range []int{2, 4} {
			if faster := one / duration(stages, prompt) / float64(stages); faster < 0.95 || faster > 1 {
				t.Errorf("prompts of %d tokens: %d stages are %.3f times as fast as so many replicas", prompt, stages, faster)
			}
		}
	}
}

// A user of a closed loop sends the next request when the answer has left the pipeline.
func TestUsersWaitForTheLag(t *testing.T) {
	requests := make([]workloads.Request, 40)
	for i := range requests {
		requests[i] = workloads.Request{Input: 1 + 997*i%9000, Output: 1 + i%7}
	}
	c := fixture.Standard(&fixture.ClosedList{List: fixture.List{Requests: requests}, Users: 1}, 100_000)
	c.Step, c.Stages, c.Check, c.TokenDelay = &staged{4, 1e6}, 4, true, 5000
	var answered units.Picoseconds
	c.OnFinish = func(f *Finished) {
		if f.Arrival != answered {
			t.Errorf("request %d is sent at %d ps, the answer came at %d", f.Index, f.Arrival, answered)
		}
		answered = f.LastToken
	}
	r, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Duration != answered {
		t.Errorf("the run takes %d ps, the last answer comes at %d", r.Duration, answered)
	}
}

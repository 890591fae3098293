package splitwise

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
)

// The measured engine took every batch of prompts in one step, and prompts longer than the model was
// published for.
const (
	maxModelLen  = 16384
	maxStepTotal = 65536 // tokens
	blockTokens  = 16    // of the engine's cache
)

// batch is what rows measured that differ only in the repetition.
type batch struct {
	shape
	rows  []int // of the table
	built *scenarios.Built
	base  *kernels.Set // the calibrated kernels
}

// shape is all that a batch's simulation depends on.
type shape struct {
	system             string
	tp, size           int
	prompt, generation int // tokens
}

// constants are what distinguishes the engine of 2023.
type constants struct {
	engines.Overhead
	engines.Slower
}

// times are what is compared: of the step that computes the batch's prompts, and of a decode step on average.
type times struct{ promptMS, tokenMS float64 }

// batches groups the rows that are not left out, in the order of their first, and builds their scenarios.
func batches(t *Table) ([]*batch, error) {
	var list []*batch
	known := map[shape]*batch{}
	for i := range t.Rows {
		if t.Reasons[i] != "" {
			continue
		}
		r := &t.Rows[i]
		s := shape{r.System, r.TP, r.Concurrency, r.InputTokens, r.OutputTokens}
		b := known[s]
		if b == nil {
			b = &batch{shape: s}
			if err := b.build(r); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", r.File, r.Line, err)
			}
			known[s] = b
			list = append(list, b)
		}
		b.rows = append(b.rows, i)
	}
	return list, nil
}

func (b *batch) build(r *fidelity.Row) error {
	s, err := r.Scenario()
	if err != nil {
		return err
	}
	for key, n := range map[string]int64{
		"engine.max_model_len": maxModelLen, "engine.max_num_batched_tokens": maxStepTotal,
		// The batches ran, so they had room.
		"engine.num_gpu_blocks": int64(r.Concurrency) * maxModelLen / blockTokens,
	} {
		if err := s.Set(key, n, r.File); err != nil {
			return err
		}
	}
	if b.built, err = s.Build(); err != nil {
		return err
	}
	b.base, _, err = kernels.Load(b.built.Parts.Device, b.built.Parts.Engine.Kernels, "")
	return err
}

// profile is what the engine's profile says of the batch's node.
func (b *batch) profile() constants {
	return constants{b.built.Parts.Engine.Overhead, b.built.Parts.Engine.Slower}
}

// simulate runs the batch.
func (b *batch) simulate(ctx context.Context, set *kernels.Set, overhead engines.Overhead) (times, error) {
	built, err := b.built.With(scenarios.Parameters{Kernels: set, Overhead: overhead,
		Serving: b.built.Parts.Engine.Serving})
	if err != nil {
		return times{}, err
	}
	run, err := built.Run(ctx, scenarios.Hooks{})
	if err != nil {
		return times{}, err
	}
	if run.Result.Completed != b.size {
		return times{}, fmt.Errorf("%s, TP %d: %d of %d requests completed", b.system, b.tp, run.Result.Completed, b.size)
	}
	return times{run.Result.TTFT.Mean, run.Result.TPOT.Mean}, nil
}

// simulateAll runs batches, several at once, each with the kernels and overhead that choose gives it.
func simulateAll(ctx context.Context, list []*batch,
	choose func(*batch) (*kernels.Set, engines.Overhead)) ([]times, error) {
	result := make([]times, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, b := range list {
		group.Go(func() (err error) {
			set, overhead := choose(b)
			result[i], err = b.simulate(ctx, set, overhead)
			return err
		})
	}
	return result, group.Wait()
}

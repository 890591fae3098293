package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
)

// sweeping is the work on a sweep's cases.
type sweeping struct {
	of        int       // cases of the whole sweep
	baselines []float64 // of the scenario's expectations
	flags     *sweepFlags
	digests   scenarios.Digests
	found     atomic.Int64 // cases whose results were there already
	program   time.Time    // when the program was built; zero where nothing tells
}

func newSweeping(of int, baselines []float64, o *sweepFlags) *sweeping {
	return &sweeping{of: of, baselines: baselines, flags: o, program: builtAt(),
		digests: scenarios.Digests{Version: report.Version, Baselines: baselines}}
}

// builtAt is when the program's file was written; zero where nothing tells.
func builtAt() time.Time {
	path, err := os.Executable()
	if err != nil {
		return time.Time{}
	}
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// all works on cases with all workers, and returns their results in order. What is wrong with a case stays
// its own; the first output that cannot be written stops the rest.
func (w *sweeping) all(ctx context.Context, t terminal, cases []scenarios.Case) ([]report.CaseResult, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]report.CaseResult, len(cases))
	bar := newProgress(t, w.flags.quiet, len(cases))
	inParallel(ctx, w.flags.jobs, len(cases), func(i int) {
		var err error
		if results[i], err = w.one(ctx, t, &cases[i]); err != nil {
			cancel(err)
		}
		bar.add()
	})
	bar.finish()
	return results, context.Cause(ctx)
}

// one is a case's result: from the file that an earlier call of the same sweep wrote, or else simulated and
// written there.
func (w *sweeping) one(ctx context.Context, t terminal, c *scenarios.Case) (report.CaseResult, error) {
	path, digest := "", ""
	if w.flags.out != "" {
		path = filepath.Join(w.flags.out, fmt.Sprintf("case-%05d.json", c.Index))
		digest, _ = w.digests.Of(c, w.of) // a case that names a pipe has none, and is always computed
		if digest != "" && w.flags.interval {
			digest += "-interval" // which a result without has not
		}
		if result, ok := w.finished(path, digest); ok && !w.flags.fresh {
			w.found.Add(1)
			result.Settings = c.Settings
			return result, nil
		}
	}
	object, result, err := w.simulate(ctx, c, digest)
	if err != nil || path == "" {
		return result, err
	}
	var text bytes.Buffer
	if err := report.WriteJSON(&text, object()); err != nil {
		return report.CaseResult{}, err
	}
	return result, t.writeBytes(path, text.Bytes())
}

// finished is the result that a file holds, where it is that of the same case: younger than the program,
// which may compute otherwise than the one that wrote an older file though both bear the same version.
func (w *sweeping) finished(path, digest string) (report.CaseResult, bool) {
	info, err := os.Stat(path)
	if err != nil || digest == "" || w.program.IsZero() || info.ModTime().Before(w.program) {
		return report.CaseResult{}, false
	}
	data, err := bounded.ReadFile(path, bounded.Result)
	if err != nil {
		return report.CaseResult{}, false
	}
	result, err := report.ReadCase(path, data)
	return result, err == nil && result.Digest == digest && result.Error == ""
}

// simulate runs a case; object makes the content of its file. The error is an interrupt.
func (w *sweeping) simulate(ctx context.Context, c *scenarios.Case, digest string) (object func() any,
	result report.CaseResult, err error) {
	r, wrong := runCase(ctx, c, w.flags.interval)
	if wrong != nil && (ctx.Err() != nil || errors.Is(wrong, context.Canceled)) {
		return nil, result, wrong
	}
	var verdicts []scenarios.Verdict
	if wrong == nil {
		r.Judge(w.baselines)
	} else {
		verdicts = c.Scenario.Judge(scenarios.NotRun("the case did not run"), w.baselines)
	}
	object = func() any { return report.CaseObject(*c, w.of, digest, r, wrong, verdicts) }
	return object, report.CaseOf(*c, w.of, digest, r, wrong, verdicts), nil
}

// runCase simulates a case, and bounds its metrics where that is asked for.
func runCase(ctx context.Context, c *scenarios.Case, interval bool) (*scenarios.Run, error) {
	if c.Err != nil {
		return nil, c.Err
	}
	b, err := c.Scenario.Build()
	if err != nil {
		return nil, err
	}
	r, err := b.Run(ctx, scenarios.Hooks{})
	if err == nil && interval {
		err = b.Bound(ctx, r, nil)
	}
	if closeErr := b.Close(); err == nil {
		err = closeErr
	}
	return r, err
}

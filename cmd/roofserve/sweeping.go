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
	digest    string       // of what all cases have in common; empty where the scenario names a pipe
	lines     *lines       // nil where none are asked for
	found     atomic.Int64 // cases whose results were there already
	program   time.Time    // when the program was built; zero where nothing tells
}

func newSweeping(s *scenarios.Scenario, of int, baselines []float64, o *sweepFlags) *sweeping {
	w := &sweeping{of: of, baselines: baselines, flags: o, program: builtAt(),
		digests: scenarios.Digests{Version: report.Version, Baselines: baselines}}
	w.digest, _ = w.digests.OfSweep(s, of)
	return w
}

// origin is where a case's result comes from. A case that names a pipe has no digest, and is always computed.
func (w *sweeping) origin(c *scenarios.Case) report.CaseOrigin {
	from := report.CaseOrigin{Version: report.Version, Of: w.of}
	digest, err := w.digests.Of(c, w.of)
	if err != nil {
		return from
	}
	from.Sweep, from.Digest = w.digest, digest
	if w.flags.interval { // which a result without has not
		from.Sweep += "-interval"
		from.Digest += "-interval"
	}
	return from
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
		var text []byte
		results[i], text, err = w.one(ctx, t, &cases[i])
		if err == nil && w.lines != nil {
			err = w.lines.put(i, text)
		}
		if err != nil {
			cancel(err)
		}
		bar.add()
	})
	bar.finish()
	return results, context.Cause(ctx)
}

// one is a case's result, and the text of its file: from the file that an earlier call of the same sweep
// wrote, or else simulated and written there. The text is nil where nobody asks for it.
func (w *sweeping) one(ctx context.Context, t terminal,
	c *scenarios.Case) (report.CaseResult, []byte, error) {
	path, from := "", report.CaseOrigin{Version: report.Version, Of: w.of}
	if w.flags.out != "" {
		path = filepath.Join(w.flags.out, fmt.Sprintf("case-%05d.json", c.Index))
	}
	if path != "" || w.lines != nil {
		from = w.origin(c)
	}
	if path != "" && !w.flags.fresh {
		if result, text, ok := w.finished(path, &from); ok {
			w.found.Add(1)
			result.Settings = c.Settings
			return result, text, nil
		}
	}
	object, result, err := w.simulate(ctx, c, from)
	if err != nil || path == "" && w.lines == nil {
		return result, nil, err
	}
	var text bytes.Buffer
	if err := report.WriteJSON(&text, object()); err != nil {
		return report.CaseResult{}, nil, err
	}
	return result, text.Bytes(), t.writeBytes(path, text.Bytes())
}

// finished is the result that a file holds, and its text, where it is that of the same case: younger than the
// program, which may compute otherwise than the one that wrote an older file though both bear the same
// version.
func (w *sweeping) finished(path string, from *report.CaseOrigin) (report.CaseResult, []byte, bool) {
	var none report.CaseResult
	info, err := os.Stat(path)
	if err != nil || from.Digest == "" || w.program.IsZero() || info.ModTime().Before(w.program) {
		return none, nil, false
	}
	text, err := bounded.ReadFile(path, bounded.Result)
	if err != nil {
		return none, nil, false
	}
	result, err := report.ReadCase(path, text)
	return result, text, err == nil && result.CaseOrigin == *from && result.Error == ""
}

// simulate runs a case; object makes the content of its file. The error is an interrupt.
func (w *sweeping) simulate(ctx context.Context, c *scenarios.Case,
	from report.CaseOrigin) (object func() any, result report.CaseResult, err error) {
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
	object = func() any { return report.CaseObject(*c, from, r, wrong, verdicts) }
	return object, report.CaseOf(*c, from, r, wrong, verdicts), nil
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
	r, err := b.Run(ctx, scenarios.Hooks{NumbersOnly: true})
	if err == nil && interval {
		err = b.Bound(ctx, r, nil)
	}
	if closeErr := b.Close(); err == nil {
		err = closeErr
	}
	return r, err
}

package laws

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/workloads"
)

// outcome is what a scenario gave: its result, the life of every request, and the requests as a second
// reading of the workload gives them.
type outcome struct {
	*scenarios.Run
	finished []sim.Finished
	drawn    []workloads.Request
	json     []byte
}

// watching says what a simulation is asked for besides its result.
type watching bool

const (
	watched   watching = true // every request's life is kept, and the engine checks itself
	unwatched watching = false
)

// simulate runs a scenario's text.
func simulate(text string, watch watching) (*outcome, error) {
	b, err := build(text)
	if err != nil {
		return nil, err
	}
	o := &outcome{}
	hooks := scenarios.Hooks{}
	if watch {
		if o.drawn, err = requestsOf(text); err != nil {
			return nil, err
		}
		hooks.Check = true
		hooks.OnFinish = func(f *sim.Finished) { o.finished = append(o.finished, *f) }
	}
	if o.Run, err = b.Run(context.Background(), hooks); err != nil {
		return nil, fmt.Errorf("running: %w", err)
	}
	var buffer bytes.Buffer
	if err := report.WriteJSON(&buffer, report.Run(o.Run)); err != nil {
		return nil, fmt.Errorf("writing JSON: %w", err)
	}
	o.json = buffer.Bytes()
	return o, nil
}

func build(text string) (*scenarios.Built, error) {
	s, err := scenarios.Parse("drawn.toml", "", []byte(text))
	if err != nil {
		return nil, err
	}
	return s.Build()
}

// requestsOf draws a scenario's requests once more, apart from any simulation.
func requestsOf(text string) ([]workloads.Request, error) {
	b, err := build(text)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var list []workloads.Request
	var r workloads.Request
	for b.Source().Next(&r) {
		list = append(list, r)
	}
	return list, b.Source().Err()
}

// doesNotFit tells whether an error says that a plan does not fit in memory.
func doesNotFit(err error) bool {
	var fit *scenarios.NoFit
	return errors.As(err, &fit)
}

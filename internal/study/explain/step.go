package explain

import (
	"fmt"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/arch"
)

// Step is what one replica does in a step: every sequence decodes one token, or every prompt is prefilled.
type Step struct {
	Batch   int // sequences, over all data-parallel ranks
	Context int // tokens of each, with those of the step
	Prefill int // of these, the new tokens of each prompt; 0: a decode step
}

// Defaults of a step that is not described.
const (
	defaultBatch   = 64
	defaultContext = 4096
)

// Largest steps that are taken as meant: their sums stay whole numbers in a float64.
const (
	MaxBatch   = 1 << 20 // sequences
	maxContext = 1 << 24 // tokens of a sequence
	maxNew     = 1 << 24 // new tokens of all prompts
)

// Complete fills in what is zero: a batch of 64 at 4,096 tokens, or one prompt with nothing cached before it.
func (s Step) Complete() (Step, error) {
	switch {
	case s.Prefill > 0 && s.Batch == 0:
		s.Batch = 1
	case s.Batch == 0:
		s.Batch = defaultBatch
	}
	switch {
	case s.Prefill > 0 && s.Context == 0:
		s.Context = s.Prefill
	case s.Context == 0:
		s.Context = defaultContext
	}
	for _, c := range []struct {
		flag      string
		low, high int
		value     int
	}{{"--batch", 1, MaxBatch, s.Batch}, {"--prefill", 1, maxContext, s.Prefill}, {"--context", max(1, s.Prefill), maxContext, s.Context}} {
		if c.value != 0 && (c.value < c.low || c.value > c.high) { // none is 0 but the prompts of a decode step
			return s, &fault.Error{File: fmt.Sprintf("%s %d", c.flag, c.value), Wrong: "is out of range", Right: fmt.Sprintf("use %d to %d", c.low, c.high)}
		}
	}
	if s.Tokens() > maxNew {
		return s, &fault.Error{File: fmt.Sprintf("--batch %d --prefill %d", s.Batch, s.Prefill), Wrong: fmt.Sprintf("are %d new tokens in one step", s.Tokens()),
			Right: fmt.Sprintf("use at most %d", maxNew)}
	}
	return s, nil
}

// Decodes tells whether the step decodes.
func (s Step) Decodes() bool { return s.Prefill == 0 }

// Tokens is the number of new tokens of the step.
func (s Step) Tokens() int { return s.Batch * max(1, s.Prefill) }

// loads shares the sequences out over data-parallel ranks as evenly as they go.
func (s Step) loads(reaches []arch.Reach, ranks int) []arch.Load {
	loads := make([]arch.Load, ranks)
	for i := range s.Batch {
		rank := &loads[i%ranks]
		if s.Decodes() {
			rank.AddDecode(reaches, s.Context)
		} else {
			rank.AddChunk(reaches, s.Context-s.Prefill, s.Prefill, true)
		}
	}
	return loads
}

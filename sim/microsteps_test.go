package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A schedule is told step by step: "64p 2d" is a step of 64 tokens of prompts and of two sequences that
// decode, "2dx9" nine steps, and bars stand between steps.

// walk is a scenario whose steps are told one by one.
type walk struct {
	rule     string // and the function that it follows from
	c        Config
	chunk    int // tokens of a content id
	requests []asked
	steps    string // what each computes
	held     string // blocks, during each
}

// stepped is the schedule that the engine tells of.
func (m *micro) stepped(t *testing.T) string {
	var list []string
	c := m.c
	c.Watching.Landed = func(f *Landing) {
		var words []string
		if f.PromptTokens > 0 {
			words = append(words, fmt.Sprintf("%dp", f.PromptTokens))
		}
		if f.Decoding > 0 {
			words = append(words, fmt.Sprintf("%dd", f.Decoding))
		}
		list = append(list, slices.Repeat([]string{strings.Join(words, " ")}, int(f.Steps))...)
	}
	outcome(t, c, m.source(), engine)
	return shortly(list)
}

// holding is how many blocks are held during each step, as the oracle has it.
func (m *micro) holding(t *testing.T) string {
	var list []string
	outcome(t, m.c, m.source(), func(c Config) (*Result, error) {
		o := &oracle{c: c}
		r, err := o.run()
		for _, s := range o.written.spans {
			for range (s.to - s.from) / int64(tickTime) * int64(min(1, s.running)) {
				list = append(list, strconv.Itoa(s.held))
			}
		}
		return r, err
	})
	return shortly(list)
}

// shortly puts equal neighbours together.
func shortly(list []string) string {
	var short []string
	for i := 0; i < len(list); {
		n := 1
		for i+n < len(list) && list[i+n] == list[i] {
			n++
		}
		step := list[i]
		if n > 1 {
			step += "x" + strconv.Itoa(n)
		}
		short = append(short, step)
		i += n
	}
	return strings.Join(short, "|")
}

// runWalks checks when tokens come, and what is told of the steps.
func runWalks(t *testing.T, list []walk) {
	t.Helper()
	for _, w := range list {
		m := micro{w.rule, w.c, w.chunk, w.requests}
		m.run(t)
		if got := m.stepped(t); w.steps != "" && got != w.steps {
			t.Errorf("%s, steps: %s; want %s", m.name, got, w.steps)
		}
		if got := m.holding(t); w.held != "" && got != w.held {
			t.Errorf("%s, blocks held: %s; want %s", m.name, got, w.held)
		}
	}
}

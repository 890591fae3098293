package sched

import (
	"math"
	"testing"
)

func TestSGLangLetsDecodesWaitForPrompts(t *testing.T) {
	d := newDesk(1000)
	d.decode(1, 10, 5, 10)
	d.waiting = []Request{{Known: 15, MaxOutput: 10}, {Known: 50, MaxOutput: 10}}
	p := policy(t, "sglang", nil)
	p.Plan(d)
	expect(t, d, map[Seq]int{100: 15, 101: 5}, false)

	mixed := newDesk(1000)
	mixed.decode(1, 10, 5, 10)
	mixed.waiting = []Request{{Known: 50, MaxOutput: 10}}
	policy(t, "sglang", func(l *Limits) { l.MixedChunk = true }).Plan(mixed)
	expect(t, mixed, map[Seq]int{100: 19}, true)
}

func TestSGLangCountsWholePromptsAgainstItsBudget(t *testing.T) {
	p := policy(t, "sglang", func(l *Limits) { l.MaxPrefillTokens = 30 })
	d := newDesk(1000)
	d.prompt(1, 25, 15) // 10 to go: 20 are left of the 30
	d.waiting = []Request{{Known: 20, MaxOutput: 10}}
	p.Plan(d)
	expect(t, d, map[Seq]int{1: 10}, false)

	// Of old it looked for more beside a prompt in progress also in a full batch.
	for rule, given := range map[bool]map[Seq]int{false: {1: 10, 100: 10}, true: {1: 10}} {
		p := policy(t, "sglang", func(l *Limits) { l.MaxPrefillTokens, l.Rules.FullAdmitsNone = 30, rule })
		d = newDesk(1000)
		d.prompt(1, 25, 15)
		d.waiting = []Request{{Known: 19, MaxOutput: 10}}
		p.(*sglang).full = true
		p.Plan(d)
		expect(t, d, given, false)
	}
}

func TestSGLangDecodesOnceMoreBeforeAFullBatchAdmits(t *testing.T) {
	p := policy(t, "sglang", func(l *Limits) { l.MaxNumSeqs = 2 })
	d := newDesk(1000)
	d.decode(1, 10, 5, 10)
	d.decode(2, 10, 5, 10)
	d.waiting = []Request{{Known: 5, MaxOutput: 10}}
	if p.Plan(d) != Always {
		t.Error("a full batch stays full until a sequence leaves")
	}
	d.running = d.running[:1]
	p.(Watcher).Left(Decoding{Seq: 2, Input: 10, Generated: 6, MaxOutput: 10}, false)
	if p.Plan(d) != 1 || len(d.given) > 0 {
		t.Error("a sequence that left is noticed in the step of decodes after")
	}
	p.Plan(d)
	expect(t, d, map[Seq]int{100: 5}, true)
}

func TestSGLangExpectsAShareOfDeclaredOutput(t *testing.T) {
	for _, c := range []struct {
		blocks   int
		overhead bool
		admits   bool
	}{{72, false, false}, {73, false, true}, {73, true, false}, {74, true, true}} {
		d := newDesk(c.blocks)
		// holds 10; 60 to go, of which 0.7 are expected: 42; the head takes 10 + 10, and a page of one token more
		d.decode(1, 10, 1, 61)
		d.waiting = []Request{{Known: 10, MaxOutput: 10}}
		p := policy(t, "sglang", func(l *Limits) { l.Rules.PageOverhead = c.overhead })
		if p.Plan(d); (len(d.given) > 0) != c.admits {
			t.Errorf("with %d blocks the head's admission is %v", c.blocks, len(d.given) > 0)
		}
	}
}

func TestSGLangRetractsTheLeastOutput(t *testing.T) {
	d := newDesk(60)
	d.decode(1, 10, 9, 100)
	d.decode(2, 15, 6, 100)
	d.decode(3, 16, 6, 100)
	d.waiting = []Request{{Known: 1}}
	p := policy(t, "sglang", nil).(*sglang)
	p.full = true
	p.Plan(d)
	// 60 of 60 blocks are held. Without the third 22 are free, less than 20 for each of two; without the second
	// enough for one.
	expect(t, d, map[Seq]int{}, true, 3, 2)
	if want := (9.0 + 20) / 101; p.ratio() != want {
		t.Errorf("the expected share is %v, want %v", p.ratio(), want)
	}
	p.Skip(d, 10)
	if p.ratio() >= 29.0/101 {
		t.Error("the expected share does not decay")
	}
}

// Since 0.5.2 a retraction stops when the others' next tokens fit; of equal sequences the last goes.
func TestSGLangRetractsToTheNextStep(t *testing.T) {
	d := newDesk(60)
	d.decode(1, 10, 9, 100)
	d.decode(2, 15, 6, 100)
	d.decode(3, 15, 6, 100)
	d.decode(4, 1, 7, 100)
	policy(t, "sglang", func(l *Limits) { l.Rules.RetractToNextStep = true }).Plan(d)
	expect(t, d, map[Seq]int{}, true, 3)
}

// What SGLang expects of declared output, after each of a row of events: 0.7 at first, less 0.602/600 for
// each step of decodes, not below 0.098; what was generated and 20 more, of what was declared and one more,
// after a retraction, in whose step nothing is taken off; and 0.7 again once nothing runs or waits.
func TestSGLangsExpectationByHand(t *testing.T) {
	p := policy(t, "sglang", nil).(*sglang)
	decodes := func(n int) {
		d := newDesk(1000)
		d.decode(1, 10, 5, 10)
		p.Plan(d)
		p.Skip(d, n-1)
	}
	retraction := func() {
		d := newDesk(60) // all held: the third leaves room for one more step, the second for 20
		d.decode(1, 10, 9, 100)
		d.decode(2, 15, 6, 100)
		d.decode(3, 16, 6, 100)
		p.Plan(d)
	}
	prompts := func() {
		d := newDesk(1000)
		d.waiting = []Request{{Known: 5, MaxOutput: 10}}
		p.Plan(d)
	}
	idle := func() { p.Plan(newDesk(1000)) }
	for i, c := range []struct {
		event func()
		share float64
	}{
		{prompts, 0.7},
		{func() { decodes(1) }, 0.698996666667},
		{func() { decodes(299) }, 0.399},
		{retraction, 0.287128712871}, // 29 of 101, though 300 steps came before
		{func() { decodes(10) }, 0.277095379538},
		{prompts, 0.277095379538},
		{func() { decodes(1000) }, 0.098},
		{retraction, 0.287128712871},
		{idle, 0.7}, // from the beginning, not from the retraction
		{func() { decodes(600) }, 0.098},
		{idle, 0.7},
		{func() { decodes(3) }, 0.69699},
	} {
		if c.event(); math.Abs(p.ratio()-c.share) > 1e-12 {
			t.Errorf("after event %d the share is %.12f, by hand %.12f", i, p.ratio(), c.share)
		}
	}
}

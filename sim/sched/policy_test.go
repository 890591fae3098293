package sched

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func policy(t *testing.T, name string, change func(*Limits)) Policy {
	t.Helper()
	return staged(t, name, 1, change)
}

// staged is a policy for a number of pipeline stages.
func staged(t *testing.T, name string, stages int, change func(*Limits)) Policy {
	t.Helper()
	l := Limits{MaxNumSeqs: 8, MaxNumBatchedTokens: 20, MaxModelLen: 1000, ChunkedPrefill: true,
		ReserveFullInput: true}
	if change != nil {
		change(&l)
	}
	p, err := New(name, l, stages)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// expect compares a step with what each prompt should get, whether decodes run, and who is preempted.
func expect(t *testing.T, d *desk, given map[Seq]int, decodes bool, lost ...Seq) {
	t.Helper()
	if diff := cmp.Diff(given, d.given); diff != "" {
		t.Errorf("prompts' tokens: %s", diff)
	}
	if diff := cmp.Diff(lost, d.lost); diff != "" {
		t.Errorf("preempted: %s", diff)
	}
	if d.decodes != decodes {
		t.Errorf("decodes run: %v", d.decodes)
	}
}

func TestUnknownPolicy(t *testing.T) {
	_, err := New("vlm", Limits{}, 1)
	if err == nil || !strings.Contains(err.Error(), "vllm") {
		t.Errorf("got %v, want the nearest name", err)
	}
}

// The engine does not ask where nothing is left to decide. Asked all the same, every policy lets all decode
// and stands by it, and what it remembers is what Skip has it remember.
func TestNothingIsDecidedWhereNothingWaits(t *testing.T) {
	for _, name := range Names() {
		asked, told := policy(t, name, nil), policy(t, name, nil)
		d := newDesk(100)
		for id := range Seq(3) {
			d.decode(id, 10, 5, 10)
		}
		for _, p := range []Policy{asked, told} {
			p.Plan(d) // all three run
		}
		d.running = d.running[1:] // and one leaves
		d.decodes = false
		if n := asked.Plan(d); n != Always {
			t.Errorf("%s wants to be asked again after %d steps", name, n)
		}
		expect(t, d, map[Seq]int{}, true)
		if c, ok := told.(Counter); ok {
			c.Skip(d, 1)
		}
		if diff := cmp.Diff(told, asked, cmp.Exporter(func(reflect.Type) bool { return true }),
			cmp.Comparer(sameLength)); diff != "" {
			t.Errorf("%s remembers something else: %s", name, diff)
		}
	}
}

// sameLength compares lists that are reused.
func sameLength(a, b []Decoding) bool { return len(a) == len(b) }

// A head that cannot come in before somebody finishes is no reason to ask again after a preemption.
func TestVLLMStandsByAPreemption(t *testing.T) {
	for head, asks := range map[int]int{14: 1, 15: Always} {
		d := newDesk(44)
		for id := range Seq(3) {
			d.decode(id, 10, 5, 10)
		}
		d.waiting = []Request{{Known: head}}
		// The victim frees 14 blocks beside the two that were free, of which the others take two.
		if n := policy(t, "vllm", nil).Plan(d); n != asks || len(d.lost) != 1 {
			t.Errorf("with a head of %d tokens %v are preempted and the policy is asked again after %d steps, want %d", head, d.lost, n, asks)
		}
	}
}

func TestVLLMSharesItsBudget(t *testing.T) {
	d := newDesk(1000)
	d.decode(1, 10, 5, 10)
	d.decode(2, 10, 5, 10)
	d.prompt(3, 30, 18)
	d.waiting = []Request{{Known: 50, MaxOutput: 10}, {Known: 1, MaxOutput: 1}}
	policy(t, "vllm", nil).Plan(d)
	// Two decodes, the 12 tokens left of the prompt in progress, the first 6 of the next; nothing is left for
	// the last.
	expect(t, d, map[Seq]int{3: 12, 100: 6}, true)
}

func TestVLLMLimitsOnePromptsChunk(t *testing.T) {
	d := newDesk(1000)
	d.waiting = []Request{{Known: 50}, {Known: 50}, {Known: 2}}
	policy(t, "vllm", func(l *Limits) { l.LongPrefillThreshold = 9 }).Plan(d)
	expect(t, d, map[Seq]int{100: 9, 101: 9, 102: 2}, true)
}

func TestVLLMPreemptsTheLatest(t *testing.T) {
	d := newDesk(32)
	d.decode(1, 10, 1, 10)
	d.decode(2, 10, 1, 10)
	d.decode(3, 11, 1, 10)
	d.waiting = []Request{{Known: 1}}
	if p := policy(t, "vllm", nil); p.Plan(d) != 1 {
		t.Error("a preemption's decision is to stand")
	}
	expect(t, d, map[Seq]int{}, true, 3) // and admits nobody in the same step
}

func TestVLLMHeadBlocksTheLine(t *testing.T) {
	d := newDesk(40)
	d.decode(1, 10, 1, 10)
	d.waiting = []Request{{Known: 35}, {Known: 1}}
	if n := policy(t, "vllm", nil).Plan(d); n != Always {
		t.Errorf("the decision stands for %d steps", n)
	}
	expect(t, d, map[Seq]int{}, true)
	policy(t, "vllm", func(l *Limits) { l.ReserveFullInput = false }).Plan(d) // the first chunk fits
	if d.given[100] == 0 {
		t.Error("without the whole prompt reserved, its first chunk does not run")
	}
}

func TestVLLMKeepsAWatermark(t *testing.T) {
	d := newDesk(100)
	d.decode(1, 50, 1, 10)
	d.waiting = []Request{{Known: 10}}
	policy(t, "vllm", func(l *Limits) { l.Watermark = 0.45 }).Plan(d)
	expect(t, d, map[Seq]int{}, true)
	d.running = nil
	policy(t, "vllm", func(l *Limits) { l.Watermark = 0.95 }).Plan(d)
	expect(t, d, map[Seq]int{100: 10}, true) // nothing runs, so that nothing is spared
}

func TestOldVLLMRunsWholePromptsAlone(t *testing.T) {
	d := newDesk(1000)
	d.decode(1, 10, 5, 10)
	d.waiting = []Request{{Known: 12}, {Known: 8}, {Known: 1}}
	p := policy(t, "vllm0", nil)
	p.Plan(d)
	expect(t, d, map[Seq]int{100: 12, 101: 8}, false) // 20 tokens: the third waits for the next step

	long := newDesk(1000)
	long.decode(1, 10, 5, 10)
	long.waiting = []Request{{Known: 50}, {Known: 1}}
	p.Plan(long)
	expect(t, long, map[Seq]int{100: 50}, false)
}

func TestOldVLLMDecodesWhereNoPromptFits(t *testing.T) {
	d := newDesk(25)
	d.decode(1, 10, 1, 10)
	d.waiting = []Request{{Known: 15}, {Known: 1}}
	p := policy(t, "vllm0", func(l *Limits) { l.Watermark = 0.05 })
	if p.Plan(d) != Always {
		t.Error("a head that does not fit will not fit until a sequence finishes")
	}
	expect(t, d, map[Seq]int{}, true)
	d.waiting = []Request{{Known: 15, Cached: 4}}
	if p.Plan(d) != 1 {
		t.Error("a head that is cached in part may ask for more blocks in the next step")
	}
}

func TestOldVLLMPreemptsTheLatest(t *testing.T) {
	d := newDesk(21)
	d.decode(1, 10, 1, 10)
	d.decode(2, 11, 1, 10)
	if policy(t, "vllm0", nil).Plan(d) != 1 {
		t.Error("a preemption's decision is to stand")
	}
	expect(t, d, map[Seq]int{}, true, 2)
}

func TestTRTLLMReservesDeclaredOutput(t *testing.T) {
	d := newDesk(60)
	d.decode(1, 10, 1, 30) // reserves 40
	d.waiting = []Request{{Known: 10, MaxOutput: 10}}
	p := policy(t, "trtllm", nil)
	if p.Demand(10, 1, 12) != 22 {
		t.Error("a request demands what it declares")
	}
	p.Plan(d)
	expect(t, d, map[Seq]int{100: 10}, true)
	d.waiting = []Request{{Known: 1, MaxOutput: 1}}
	p.Plan(d)
	if len(d.waiting) != 1 {
		t.Error("a request is admitted although no block is unreserved")
	}
}

// A round has the token budget of every microbatch, from which one prompt may take several pieces.
// earlier is a desk whose waiting requests came before those that run.
type earlier struct{ *desk }

func (earlier) Came(place int) int { return place - 1<<20 }

// TestTRTLLMOustsWhoEndedUnseen: one that has ended since the plan ahead was made gives up its blocks, and
// does not join those that wait.
func TestTRTLLMOustsWhoEndedUnseen(t *testing.T) {
	d := newDesk(20)
	d.decode(1, 12, 3, 10) // 14 of 20 blocks, and one more in the step
	d.waiting = []Request{{Known: 15, MaxOutput: 5}}
	policy(t, "trtllm", func(l *Limits) { l.MaxUtilization = true }).Plan(earlier{d})
	expect(t, d, map[Seq]int{100: 15}, true, 1)
}

func TestMicrobatchesEachHaveTheBudget(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Limits)
		piece  int
		given  map[Seq]int
	}{
		{"vllm", nil, 20, map[Seq]int{1: 48, 100: 10}}, // two tokens decode
		{"vllm", func(l *Limits) { l.LongPrefillThreshold = 9 }, 9, map[Seq]int{1: 27, 100: 27, 101: 4}},
		{"trtllm", nil, 20, map[Seq]int{1: 48, 100: 10}},
		{"sglang", nil, 20, map[Seq]int{1: 48, 100: 12}}, // none decode
		{"sglang", func(l *Limits) { l.MaxPrefillTokens = 18 }, 20, map[Seq]int{1: 48}},
	} {
		p := staged(t, c.name, 3, c.change)
		d := newDesk(1000)
		d.decode(2, 10, 5, 10)
		d.decode(3, 10, 5, 10)
		d.prompt(1, 50, 2)
		d.waiting = []Request{{Known: 50, MaxOutput: 10}, {Known: 50, MaxOutput: 10}}
		p.Plan(d)
		if p.Piece() != c.piece {
			t.Errorf("%s: a piece has %d tokens, want %d", c.name, p.Piece(), c.piece)
		}
		expect(t, d, c.given, c.name != "sglang")
	}
}

// What bounds the sequences of a microbatch allows as many more in a round; what bounds the engine's does
// not.
func TestSequencesOfMicrobatches(t *testing.T) {
	for name, want := range map[string]int{"vllm": 3, "sglang": 3, "trtllm": 6, "vllm0": 6} {
		p := staged(t, name, 2, func(l *Limits) { l.MaxNumSeqs = 3 })
		d := newDesk(1000)
		d.waiting = []Request{{Known: 1}, {Known: 1}, {Known: 1}, {Known: 1}, {Known: 1}, {Known: 1}, {Known: 1}}
		if p.Plan(d); d.Running() != want {
			t.Errorf("%s: %d sequences run, want %d", name, d.Running(), want)
		}
	}
}

// Without chunked prefill a budget of exactly the longest request's length is enough.
func TestBudgetOfExactlyTheLongest(t *testing.T) {
	for tokens, fits := range map[int]bool{999: false, 1000: true} {
		_, err := New("vllm", Limits{MaxNumSeqs: 1, MaxNumBatchedTokens: tokens, MaxModelLen: 1000}, 1)
		if (err == nil) != fits {
			t.Errorf("a budget of %d tokens for requests of 1,000: %v", tokens, err)
		}
	}
}

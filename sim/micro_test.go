package sim

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// Micro-scenarios: a few requests whose schedule under the engines' rules can be worked out on paper. Every
// step lasts 1 ms, a block has 16 tokens unless it is said otherwise.

// tick is a device on which every step takes 1 ms.
type tick struct{}

const tickTime = units.Picoseconds(1e9)

func (tick) Reaches() []arch.Reach { return []arch.Reach{{Kind: arch.Full}} }

func (tick) Decode(_ []int, d *cost.Decode) {
	d.Fixed, d.Least = tickTime, 0
	clear(d.Ranks)
}

func (tick) Step([]arch.Load) units.Picoseconds { return tickTime }

// micro is a scenario and when its requests' tokens come. Times are in ms; what is 0 is not told.
type micro struct {
	name     string
	c        Config
	chunk    int // tokens of a content id
	requests []asked
}

// asked is a request and what becomes of it.
type asked struct {
	at             float64
	in, out, most  int // most is the declared output where that is longer
	content        []uint64
	first, last    int // ms
	cached         int
	cold, preempts bool // nothing is cached; it is preempted once
	priority       int32
	failed         bool
}

// vllmMicro, sglangMicro and trtllmMicro are engines with steps of that many tokens and memory in plenty.
func vllmMicro(tokens int, changes ...func(*Config)) Config {
	return microConfig("vllm", 16, sched.Limits{MaxNumBatchedTokens: tokens, ReserveFullInput: true}, changes)
}

func sglangMicro(tokens int, changes ...func(*Config)) Config {
	rules := sched.Rules{RetractToNextStep: true, FullAdmitsNone: true}
	return microConfig("sglang", 1, sched.Limits{MaxNumBatchedTokens: tokens, Rules: rules}, changes)
}

func trtllmMicro(tokens int, changes ...func(*Config)) Config {
	return microConfig("trtllm", 32, sched.Limits{MaxNumBatchedTokens: tokens}, changes)
}

func microConfig(policy string, block int, l sched.Limits, changes []func(*Config)) Config {
	l.MaxNumSeqs, l.MaxModelLen, l.ChunkedPrefill = 256, 1<<20, true
	c := Config{Pool: Pool{Policy: policy, Limits: l, Blocks: 1 << 20}}
	c.Layout = kv.Layout{BlockTokens: block, Full: 1}
	for _, change := range changes {
		change(&c)
	}
	c.Step, c.Check = tick{}, true
	return c
}

func late(c *Config)  { c.AsyncScheduling = true }
func cache(c *Config) { c.PrefixCaching = true }
func mixed(c *Config) { c.Limits.MixedChunk = true }

func ids(n uint64) (list []uint64) {
	for i := range n {
		list = append(list, i+1)
	}
	return list
}

func prefill(tokens int) func(*Config) { return func(c *Config) { c.Limits.MaxPrefillTokens = tokens } }

// hopeful expects next to nothing of declared output.
func hopeful(c *Config) { c.Limits.ScheduleConservativeness = 0.01 }

func whole(c *Config) { c.Limits.ChunkedPrefill = false }

func page(tokens int) func(*Config) { return func(c *Config) { c.Layout.BlockTokens = tokens } }
func threshold(n int) func(*Config) {
	return func(c *Config) { c.Limits.LongPrefillThreshold = n }
}

// window adds a group of layers with a window.
func window(tokens int) func(*Config) {
	return func(c *Config) { c.Layout.Windows = []kv.WindowGroup{{Tokens: tokens, Blocks: 1}} }
}

// states adds recurrent layers, whose state takes a block.
func states(c *Config) {
	c.Layout.Constant, c.Layout.Snapshot, c.Limits.SnapshotTokens = 1, 1, c.Layout.BlockTokens
}

func blocks(n int) func(*Config) { return func(c *Config) { c.Blocks = n } }
func slots(n int) func(*Config)  { return func(c *Config) { c.Limits.MaxNumSeqs = n } }

// newest are the rules of SGLang since 0.5.12.
func newest(c *Config) {
	c.Limits.Rules.PageOverhead, c.Limits.Rules.ChunksPassPrefillLimit = true, true
}

// run checks the scenario on the engine, on the oracle, and on the rules as they are written down twice.
func (m *micro) run(t *testing.T) {
	literal := func(c Config) (*Result, error) { return (&oracle{c: c, literal: true}).run() }
	for name, run := range map[string]func(Config) (*Result, error){
		"engine": engine, "oracle": simulate, "rules": literal,
	} {
		_, got := outcome(t, m.c, m.source(), run)
		slices.SortFunc(got, func(a, b Finished) int { return a.Index - b.Index })
		for i := range m.requests {
			if q := &m.requests[i]; !q.is(&got[i]) {
				t.Errorf("%s, %s, request %d: first token at %v ms, last at %v, cached %d, preemptions %d, failed %v; "+
					"want %+v", m.name, name, i, float64(got[i].FirstToken)/float64(tickTime),
					float64(got[i].LastToken)/float64(tickTime), got[i].Cached, got[i].Preemptions, got[i].Failed, *q)
			}
		}
	}
}

// source is the scenario's requests.
func (m *micro) source() workloads.Source {
	list := make([]workloads.Request, len(m.requests))
	for i, q := range m.requests {
		list[i] = workloads.Request{Arrival: units.Picoseconds(q.at * float64(tickTime)), Input: q.in,
			Output: q.out, MaxOutput: q.most, Blocks: q.content, Priority: q.priority}
	}
	return &fixture.List{Requests: list, Chunk: m.chunk}
}

// is tells whether that became of a request which should.
func (q *asked) is(f *Finished) bool {
	told := func(want, got int) bool { return want == 0 || want == got }
	whole := (f.FirstToken+f.LastToken)%tickTime == 0
	return whole && f.Failed == q.failed && told(q.first, int(f.FirstToken/tickTime)) &&
		told(q.last, int(f.LastToken/tickTime)) && told(q.cached, f.Cached) &&
		(!q.cold || f.Cached == 0) && q.preempts == (f.Preemptions > 0)
}

func runMicros(t *testing.T, list []micro) {
	t.Helper()
	for i := range list {
		list[i].run(t)
	}
}

// alike is a request several times.
func alike(n int, q asked) []asked { return slices.Repeat([]asked{q}, n) }

package sim

import (
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// parted is a prefill and a decode pool of one replica each, with steps of 1 ms in which prompts have that
// many tokens, and caches that come half a millisecond after their prompts.
func parted(tokens int, changes ...func(*Config)) Config {
	c := vllmMicro(tokens)
	c.Role = Prefill
	c.Others = []Pool{c.Pool}
	c.Others[0].Role = Decode
	c.Exchange = &Exchange{Latency: tickTime / 2, Local: Never, Payload: kv.Payload{Layers: 1}}
	for _, change := range changes {
		change(&c)
	}
	return c
}

func again(c *Config) { c.Exchange.Again = true }

// carried gives a cache of so many bytes a token links of so many bytes a millisecond, without latency.
func carried(perToken float64, prefill, decode float64) func(*Config) {
	return func(c *Config) {
		c.Exchange.Payload.Tokens = []kv.Moving{{Bytes: units.Bytes(perToken)}}
		c.Exchange.Latency = 0
		c.Link, c.Others[0].Link = units.BytesPerSecond(1e3*prefill), units.BytesPerSecond(1e3*decode)
	}
}

// room gives the decode pool so many blocks that can be held.
func room(blocks int) func(*Config) {
	return func(c *Config) { c.Others[0].Blocks = usable("vllm", blocks) }
}

// tokens is when a request's first and last tokens come, in ms, and whether it is preempted.
type tokens struct {
	first, last float64
	preempted   bool
}

// microTransfers are schedules worked out by hand. A step that begins at t ends at t+1.
var microTransfers = []struct {
	name     string
	c        Config
	requests []workloads.Request
	want     []tokens
}{
	// Prompts end at 1 and 2, their caches come at 1.5 and 2.5, when a step ends that the first decodes in.
	{"the prefill's token is the client's", parted(32), asks(2, 32, 3), []tokens{{first: 1, last: 3.5}, {first: 2, last: 4.5}}},
	// The step from 1.5 computes the first's first token.
	{"the decode side's token is", parted(32, again), asks(2, 32, 3), []tokens{{first: 2.5, last: 4.5}, {first: 3.5, last: 5.5}}},
	// Both prompts end with the step to 1. A transfer alone takes 1 ms, with half the link 2: both end at 3.
	// Two steps later each has three tokens.
	{"transfers share a link", parted(64, carried(1000, 32_000, 64_000)), asks(2, 32, 3),
		[]tokens{{first: 1, last: 5}, {first: 1, last: 5}}},
	// Apart, each ends at 2.
	{"or do not", parted(64, carried(1000, 32_000, 64_000), func(c *Config) { c.Exchange.Apart = true }), asks(2, 32, 3),
		[]tokens{{first: 1, last: 4}, {first: 1, last: 4}}},
	// The same bytes whatever the widths: the narrower side, here the destination's, decides: 32,000 bytes of
	// 16,000 a ms take from 1 to 3.
	{"a narrow destination", parted(32, carried(1000, 64_000, 16_000)), asks(1, 32, 3), []tokens{{first: 1, last: 5}}},
	// Both prompts have two of five blocks set aside at 0. The first takes the fifth for token 33 at 1.5.
	// The second joins at 2.5 and finds none for its own: it is driven out, waits for the first's end at 3.5,
	// and computes its 33 tokens again, which gives its second token at 4.5.
	{"a full decode pool drives out the latest", parted(33, room(5)), asks(2, 32, 3),
		[]tokens{{first: 1, last: 3.5}, {first: 2, last: 5.5, preempted: true}}},
	// With four blocks of three for each the second's are set aside when the first has ended, at 3.5, a ms and
	// a half after its prompt is computed: its cache comes at 4, and it decodes at 5 and 6.
	{"a full decode pool lets others wait", parted(48, room(4)), asks(2, 48, 3), []tokens{{first: 1, last: 3.5}, {first: 2, last: 6}}},
	// Layer by layer of four: bytes go from 0 on for 2 ms, while the prompt is computed until 3; the last layer
	// goes after it, a quarter of 2 ms. Steps end at 4.5 and 5.5.
	{"layer by layer", parted(32, carried(1000, 48_000, 48_000), func(c *Config) {
		c.Exchange.Layerwise, c.Exchange.Payload.Layers = true, 4
	}), asks(1, 96, 3), []tokens{{first: 3, last: 5.5}}},
	// Fetched as a whole from 3 on it comes at 5.
	{"or as a whole", parted(32, carried(1000, 48_000, 48_000)), asks(1, 96, 3), []tokens{{first: 3, last: 7}}},
	// The first has 16 tokens and is computed where it decodes, in one step; the second has 17 and goes its way.
	{"short prompts stay", parted(32, func(c *Config) { c.Exchange.Local = 16 }), []workloads.Request{{Input: 16, Output: 2},
		{Input: 17, Output: 2}}, []tokens{{first: 1, last: 2}, {first: 1, last: 3}}},
	// An answer of one token is the prefill's, and nothing goes anywhere.
	{"an answer of one token", parted(32), asks(1, 32, 1), []tokens{{first: 1, last: 1}}},
}

// asks is a request several times, at 0.
func asks(n, input, output int) []workloads.Request {
	return slices.Repeat([]workloads.Request{{Input: input, Output: output}}, n)
}

func TestMicroTransfers(t *testing.T) {
	for _, m := range microTransfers {
		for name, run := range map[string]func(Config) (*Result, error){"engine": engine, "oracle": simulate} {
			_, got := outcome(t, m.c, &fixture.List{Requests: m.requests}, run)
			slices.SortFunc(got, func(a, b Finished) int { return a.Index - b.Index })
			for i, want := range m.want {
				f := &got[i]
				ms := func(t units.Picoseconds) float64 { return float64(t) / float64(tickTime) }
				if is := (tokens{ms(f.FirstToken), ms(f.LastToken), f.Preemptions > 0}); is != want {
					t.Errorf("%s, %s: request %d: %+v; want %+v", m.name, name, i, is, want)
				}
			}
		}
	}
}

// TestBlocksThatHoldEachOtherUp: of a prompt of 48 tokens 16 are computed a step, which go at once, so that
// its three of four blocks at the destination stay its own. After the second step it holds two of four blocks
// at the source, and the other prompt's two are pinned, which nobody can fetch: the first finds no third.
func TestBlocksThatHoldEachOtherUp(t *testing.T) {
	c := parted(48, carried(1000, 64_000, 64_000), room(4), threshold(16), func(c *Config) {
		c.Exchange.Layerwise, c.Blocks = true, usable("vllm", 4)
		c.Limits.ReserveFullInput = false
	})
	c.Workload = &fixture.List{Requests: []workloads.Request{{Input: 48, Output: 3}, {Input: 32, Output: 3}}}
	if _, err := engine(c); err == nil || !strings.Contains(err.Error(), "deadlock: a prompt has been driven out") {
		t.Error(err)
	}
	c.Exchange.Layerwise = false // what is set aside for a prompt under way is given up for one that is computed
	c.Workload = &fixture.List{Requests: []workloads.Request{{Input: 48, Output: 3}, {Input: 32, Output: 3}}}
	if r, err := engine(c); err != nil || r.Completed != 2 {
		t.Error(err)
	}
}

// TestPrefixAtTheDestination: of a prompt whose first 32 of 48 tokens the decode side has from an earlier
// one, only 16 go; with full_prompt all do.
func TestPrefixAtTheDestination(t *testing.T) {
	for whole, want := range map[bool]int64{false: 48_000 + 16_000, true: 2 * 48_000} {
		c := parted(48, carried(1000, 48_000, 48_000), cache)
		c.Others[0].PrefixCaching, c.Exchange.Whole = true, whole
		w := &fixture.List{Chunk: 16, Requests: []workloads.Request{
			{Input: 48, Output: 2, Blocks: []uint64{1, 2, 3}},
			{Arrival: 9 * tickTime, Input: 48, Output: 2, Blocks: []uint64{1, 2, 4}},
		}}
		r, _ := outcome(t, c, w, engine)
		if r.Transfers.Bytes != want {
			t.Errorf("full prompts %v: %d bytes go, by hand %d", whole, r.Transfers.Bytes, want)
		}
	}
}

// TestPartsOfTheFirstToken add up to it, by hand and over a load: the first prompt waits for nothing, takes a
// step, its cache half one, and its first token another; the second waits a step for the first.
func TestPartsOfTheFirstToken(t *testing.T) {
	r, _ := outcome(t, parted(32, again), &fixture.List{Requests: asks(2, 32, 3)}, engine)
	if got, want := r.Transfers.FirstToken, (TokenParts{QueueMean: 0.5, PrefillMean: 1, TransferMean: 0.5,
		FirstStepMean: 1}); got != want {
		t.Errorf("by hand %+v, simulated %+v", want, got)
	}
	c := fixture.Standard(fixture.NewPoisson(3000, 25), 27_000)
	other := c.Pool
	c.Role, other.Role, c.Check = Prefill, Decode, true
	c.Link, other.Link = 50e9, 50e9
	c.Others = []Pool{other}
	c.Exchange = &Exchange{Again: true, Local: Never, Latency: 20e6, Payload: kv.Payload{Layers: 32,
		Tokens: []kv.Moving{{Bytes: 131072}}}}
	r, err := engine(c)
	if err != nil {
		t.Fatal(err)
	}
	p := r.Transfers.FirstToken
	sum := p.QueueMean + p.PrefillMean + p.TransferMean + p.DecodeQueueMean + p.FirstStepMean
	if sum < 0.999999*r.TTFT.Mean || sum > 1.000001*r.TTFT.Mean || r.Preemptions > 0 {
		t.Errorf("parts add up to %v ms, and the first token takes %v", sum, r.TTFT.Mean)
	}
	// 131,072 bytes for each token of every prompt
	if want := 131072 * r.InputTokens; r.Transfers.Bytes != want || r.Transfers.Count != int64(r.Completed) {
		t.Errorf("%d bytes go for %d tokens", r.Transfers.Bytes, r.InputTokens)
	}
}

// Two prefill and two decode replicas, with caches, under Dynamo's router. By hand, in blocks of 16 tokens
// with steps of 32: of the prompts of 64 tokens at 0 the second goes to the replicas without the first,
// since 4 blocks cost less than 4 beside 4; both are computed at 2. The third, at 5, has 48 tokens in
// common with one of them. Where that was computed only 16 are left, 1 block instead of 4: it is there at
// 6, and 7 elsewhere. The first still decodes then, and the second does not. Without caches a decode side
// of 4 blocks costs more than one of none; with a weight of 3 it costs 3 + 8 where the first three blocks
// are, and 12 + 4 where they are not.
func TestKVBeforePools(t *testing.T) {
	type choice struct {
		first  float64
		cached int
		mates  string // where the third decodes: "as N" of the one whose N it shares
	}
	for _, x := range []struct {
		router string
		weight float64 // of the decode side
		like   int     // whose content the third shares
		want   choice
	}{
		{"kv", 0, 1, choice{first: 6, cached: 48, mates: "as 1"}},
		{"kv", 0, 0, choice{first: 6, cached: 48, mates: "as 1"}},
		{"kv", 3, 0, choice{first: 6, cached: 48, mates: "as 0"}},
		{"round-robin", 0, 1, choice{first: 7, cached: 0, mates: "as 0"}},
	} {
		c := parted(32, cache)
		c.Replicas, c.Others[0].Replicas, c.Others[0].PrefixCaching = 2, 2, true
		c.Exchange.Prefill = Desk{Router: x.router, Options: router.Options{OverlapWeight: 1, PromptsAlone: true}}
		c.Exchange.Decode = Desk{Router: x.router, Options: router.Options{OverlapWeight: x.weight}}
		to := map[int]int{}
		c.Watching.Moved = func(m *Move) { to[m.Request] = m.To }
		w := &fixture.List{Chunk: 16, Requests: []workloads.Request{
			{Input: 64, Output: 50, Blocks: []uint64{1, 2, 3, 4}},
			{Input: 64, Output: 2, Blocks: []uint64{5, 6, 7, 8}},
			{Arrival: 5 * tickTime, Input: 64, Output: 2, Blocks: []uint64{1, 2, 3, 9}},
		}}
		if x.like == 1 {
			w.Requests[2].Blocks = []uint64{5, 6, 7, 9}
		}
		_, got := outcome(t, c, w, engine)
		slices.SortFunc(got, func(a, b Finished) int { return a.Index - b.Index })
		is := choice{float64(got[2].FirstToken) / float64(tickTime), got[2].Cached, "as 0"}
		if to[2] == to[1] {
			is.mates = "as 1"
		}
		if is != x.want {
			t.Errorf("%s, weight %v, like %d: %+v; want %+v", x.router, x.weight, x.like, is, x.want)
		}
	}
}

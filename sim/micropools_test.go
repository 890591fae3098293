package sim

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// poolsMicro is a schedule over prefill and decode pools that was worked out by hand before it was simulated.
type poolsMicro struct {
	rule     string // in one sentence, with where it is written down
	c        Config
	requests []workloads.Request
	chunk    int
	want     []tokens
	bytes    int64 // that go over the network; 0 is not told
}

// atMs is a request so many ms after the start.
func atMs(ms float64, q workloads.Request) workloads.Request {
	q.Arrival = units.Picoseconds(ms * float64(tickTime))
	return q
}

// told is a request with content ids.
func told(input, output int, content ...uint64) workloads.Request {
	return workloads.Request{Input: input, Output: output, Blocks: content}
}

// decoding changes the decode pool.
func decoding(changes ...func(*Config)) func(*Config) {
	return func(c *Config) {
		d := Config{Pool: c.Others[0]}
		for _, change := range changes {
			change(&d)
		}
		c.Others[0] = d.Pool
	}
}

// local lets prompts be computed where they decode that have up to so many tokens uncached there.
func local(n int) func(*Config) { return func(c *Config) { c.Exchange.Local = n } }

// twoWidths is a prefill replica with a link of 8,000 bytes a ms and one of 64,000 before a decode replica
// of 32,000.
func twoWidths(c *Config) {
	carried(1000, 8_000, 32_000)(c)
	wide := c.Pool
	wide.Link = units.BytesPerSecond(64e6)
	c.Others = append(c.Others, wide)
	c.Router = router.RoundRobin
}

var poolsByHand = []poolsMicro{{
	rule: "three transfers of one port share it max-min from when each begins (specification, 6: contention)",
	// 30 MB each, 15 MB a ms. Alone to 2, two to 3, three to 4.5, when the first ends; the second ends at
	// 6.5, and the third has the port for itself for half a ms.
	c:    parted(32, carried(937_500, 15e6, 1e9)),
	want: []tokens{{first: 1, last: 6.5}, {first: 2, last: 7.5}, {first: 3, last: 8.5}},
	requests: []workloads.Request{{Input: 32, Output: 3}, {Input: 32, Output: 2},
		{Input: 32, Output: 2}},
}, {
	rule: "what a narrow source leaves of a destination's port is the others' (specification, 6: max-min)",
	// The narrow one sends 48,000 bytes in 6 ms. The wide one has 24,000 of 32,000 bytes a ms.
	c: parted(48, twoWidths), requests: asks(2, 48, 2), want: []tokens{{first: 1, last: 8}, {first: 1, last: 4}},
}, {
	rule: "a computed prompt that finds no room at the destination keeps its blocks at the source, where others " +
		"wait for them (specification, 6: pinned until the pull ends)",
	c: parted(48, room(4), func(c *Config) { c.Blocks = usable("vllm", 5) }), requests: asks(3, 48, 3),
	want: []tokens{{first: 1, last: 3.5}, {first: 2.5, last: 6}, {first: 5, last: 8.5}},
}, {
	rule: "who is driven out on the decode side is computed again there (specification, 6: recompute there, vLLM)",
	// Token 33 of the first takes the fifth block. The other's 33 tokens are computed from 4.5 on.
	c: parted(64, again, room(5)), requests: asks(2, 32, 3),
	want: []tokens{{first: 2.5, last: 4.5}, {first: 2.5, last: 6.5, preempted: true}},
}, {
	rule: "a prompt stays where it decodes if no more than the threshold is not cached there (specification, 6: " +
		"prefix-threshold; Dynamo's disagg router compares with >)",
	c:     parted(64, local(16), cache, decoding(cache)),
	chunk: 16,
	requests: []workloads.Request{told(48, 2, 1, 2, 3), atMs(9, told(48, 2, 1, 2, 9)),
		atMs(19, told(64, 2, 1, 2, 8, 9))},
	want: []tokens{{first: 1, last: 2.5}, {first: 10, last: 11}, {first: 20, last: 21.5}},
}, {
	rule: "others pass a request whose cache is on its way, and it has no place in the batch (specification, 6: " +
		"WAITING_FOR_REMOTE_KVS)",
	c: parted(32, local(16), carried(1e6, 6.4e6, 64e6), decoding(slots(1))),
	requests: []workloads.Request{{Input: 32, Output: 2}, atMs(2, workloads.Request{Input: 16,
		Output: 2})},
	want: []tokens{{first: 1, last: 7}, {first: 3, last: 4}},
}, {
	rule: "a cache that has come waits for a place among those that decode (specification, 6: enters running)",
	c:    parted(32, decoding(slots(1))), requests: asks(2, 32, 5),
	want: []tokens{{first: 1, last: 5.5}, {first: 2, last: 9.5}},
}, {
	rule: "of a second turn goes what the decode side has not, its answer included (specification, 5 and 6)",
	// 32 tokens, and of 64 those after the 48 that the answer left.
	c: parted(64, cache, decoding(cache), carried(1000, 16_000, 16_000)), chunk: 16,
	requests: []workloads.Request{{Input: 32, Output: 17, Beyond: true, Blocks: ids(3)},
		{Follows: true, Input: 64, Output: 2, Blocks: ids(4)}},
	// The first turn ends at 3 + 16; the second's prompt at 20, and its cache comes at 21.
	want: []tokens{{first: 1, last: 19}, {first: 20, last: 22}}, bytes: 48_000,
}}

func TestPoolsByHand(t *testing.T) {
	for _, m := range poolsByHand {
		for name, run := range map[string]func(Config) (*Result, error){"engine": engine, "oracle": simulate} {
			r, got := outcome(t, m.c, &fixture.List{Requests: m.requests, Chunk: m.chunk}, run)
			slices.SortFunc(got, func(a, b Finished) int { return a.Index - b.Index })
			for i, want := range m.want {
				f := &got[i]
				ms := func(t units.Picoseconds) float64 { return float64(t) / float64(tickTime) }
				if is := (tokens{ms(f.FirstToken), ms(f.LastToken), f.Preemptions > 0}); is != want {
					t.Errorf("%s; %s: request %d: %+v; want %+v", m.rule, name, i, is, want)
				}
			}
			if m.bytes > 0 && r.Transfers.Bytes != m.bytes {
				t.Errorf("%s; %s: %d bytes; want %d", m.rule, name, r.Transfers.Bytes, m.bytes)
			}
		}
	}
}

package sim

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/order"
)

// byAnswers has requests stand by what they declare, of which a token outweighs a wait of so many ms.
func byAnswers(ms float64) func(*Config) {
	return func(c *Config) {
		c.Order, c.Basis.Token = order.ShortestJob, units.Picoseconds(ms*float64(tickTime))
	}
}

// byDeadlines has requests stand by for how many ms their clients wait; 0 is for ever.
func byDeadlines(ms ...float64) func(*Config) {
	return func(c *Config) {
		c.Order, c.Basis.Patience = order.Deadline, func(i int) units.Picoseconds {
			return units.Picoseconds(ms[i] * float64(tickTime))
		}
	}
}

// Orders of studies under vLLM's scheduler: one sequence runs at a time, so that the others are served in
// their order (serving systems as specified, 4: sjf, edf).
func TestMicroOrdersByDeclaration(t *testing.T) {
	runMicros(t, []micro{{
		// The third, then the fourth: what is declared counts, not what is generated.
		name: "the shortest declared answer first", c: vllmMicro(8192, slots(1), byAnswers(0)),
		requests: []asked{
			{at: 0, in: 16, out: 4, first: 1, last: 4},
			{at: 0.5, in: 16, out: 2, most: 9, first: 10, last: 11},
			{at: 1.5, in: 16, out: 3, first: 5, last: 7},
			{at: 2.5, in: 16, out: 2, most: 8, first: 8, last: 9},
		},
	}, {
		// The long one counts as sent at 20.5. Those that came before 18.5 with two tokens overtake it.
		name: "one that has waited is overtaken no more", c: vllmMicro(8192, slots(1), byAnswers(1)),
		requests: []asked{
			{at: 0, in: 16, out: 19, first: 1, last: 19},
			{at: 0.5, in: 16, out: 20, first: 22, last: 41},
			{at: 18.4, in: 16, out: 2, first: 20, last: 21},
			{at: 18.6, in: 16, out: 2, first: 42, last: 43},
		},
	}, {
		// Without aging both pass it.
		name: "without aging it is overtaken for ever", c: vllmMicro(8192, slots(1), byAnswers(0)),
		requests: []asked{
			{at: 0, in: 16, out: 19, first: 1, last: 19},
			{at: 0.5, in: 16, out: 20, first: 24, last: 43},
			{at: 18.4, in: 16, out: 2, first: 20, last: 21},
			{at: 18.6, in: 16, out: 2, first: 22, last: 23},
		},
	}, {
		// Deadlines at 20.5, none, 11.5 and 9.
		name: "the earliest deadline first, and those without one last",
		c:    vllmMicro(8192, slots(1), byDeadlines(5, 20, 0, 10, 6.5)),
		requests: []asked{
			{at: 0, in: 16, out: 4, first: 1, last: 4},
			{at: 0.5, in: 16, out: 2, first: 9, last: 10},
			{at: 1, in: 16, out: 2, first: 11, last: 12},
			{at: 1.5, in: 16, out: 2, first: 7, last: 8},
			{at: 2.5, in: 16, out: 2, first: 5, last: 6},
		},
	}, {
		// As under priorities the one that asks is the last in the order, and drives itself out in step 18;
		// in 41 the second has ended.
		name: "the longest gives way", c: vllmMicro(8192, byAnswers(0), blocks(11)),
		requests: []asked{
			{at: 0, in: 64, out: 40, most: 50, first: 1, last: 64, preempts: true},
			{at: 0.5, in: 64, out: 40, first: 2, last: 41},
		},
	}, {
		// The first, which was served in step 18, gives its block to the second, whose client waits less.
		name: "the latest deadline gives way", c: vllmMicro(8192, byDeadlines(50, 9), blocks(12)),
		requests: []asked{
			{in: 64, out: 40, first: 1, last: 63, preempts: true},
			{in: 64, out: 40, first: 1, last: 40},
		},
	}, {
		// The order is the queue's alone: in step 19 the last that was admitted gives way, however short.
		name: "under another scheduler the newest gives way", c: microConfig("vllm0", 16,
			vllmMicro(8192).Limits, []func(*Config){byAnswers(0), blocks(10)}),
		requests: []asked{
			{at: 0, in: 64, out: 40, most: 50, first: 1, last: 41},
			{at: 0.5, in: 64, out: 40, first: 2, last: 64, preempts: true},
		},
	}})
}

package sim

import (
	"testing"

	"github.com/roofserve/roofserve/sim/sched"
)

// sarathiMicro, orcaMicro and staticMicro are schedulers of the research that engines grew out of, with
// blocks of 16 tokens.
func sarathiMicro(chunk int, changes ...func(*Config)) Config {
	return microConfig("sarathi", 16, sched.Limits{MaxNumBatchedTokens: chunk}, changes)
}

func orcaMicro(changes ...func(*Config)) Config {
	return microConfig("orca", 16, sched.Limits{MaxNumBatchedTokens: 1}, changes)
}

func staticMicro(changes ...func(*Config)) Config {
	return microConfig("static", 16, sched.Limits{MaxNumBatchedTokens: 1}, changes)
}

func reserve(kind string) func(*Config) {
	return func(c *Config) { c.Limits.Reservation = kind }
}

func longest(tokens int) func(*Config) { return func(c *Config) { c.Limits.MaxModelLen = tokens } }

func mostUsed(c *Config) { c.Limits.MaxUtilization = true }

func TestMicroSarathi(t *testing.T) {
	runMicros(t, []micro{
		{name: "a prompt in progress, then a new one", c: sarathiMicro(100), requests: []asked{
			{in: 150, out: 10, first: 2}, {in: 50, out: 5, first: 2}}},
		{name: "decodes take of the chunk first", c: sarathiMicro(100), requests: []asked{
			{in: 100, out: 10, first: 1}, {in: 150, out: 2, first: 3}}},
		// The first holds six blocks of ten from its first piece on, and the second needs five.
		{name: "a whole prompt must fit", c: sarathiMicro(32, blocks(10)), requests: []asked{
			{in: 96, out: 2, first: 3, last: 4}, {in: 80, out: 2, first: 7}}},
		// In step 18 each would need a sixth block. The second's 81 tokens find six free when the first has
		// ended.
		{name: "the latest gives way", c: sarathiMicro(512, blocks(10)), requests: []asked{
			{in: 64, out: 40, first: 1, last: 40}, {in: 64, out: 40, first: 1, last: 63, preempts: true}}},
		// One of a hundred blocks stays free while something runs: 50 + 49 + 1.
		{name: "a hundredth stays free", c: sarathiMicro(4096, blocks(100)), requests: []asked{
			{in: 800, out: 5, first: 1, last: 5}, {in: 784, out: 1, first: 1}, {in: 1, out: 1, first: 2}}},
	})
}

func TestMicroOrcaAndStatic(t *testing.T) {
	three := func(third int) []asked {
		each := asked{in: 12, out: 20, first: 1, last: 20}
		return []asked{each, each, {in: 12, out: 20, first: third}}
	}
	runMicros(t, []micro{
		{name: "the longest sequence is set aside", c: orcaMicro(blocks(20), longest(160)), requests: three(21)},
		{name: "a power of two is", c: orcaMicro(blocks(6), reserve(sched.ReservePow2)), requests: three(21)},
		{name: "what is needed is", c: orcaMicro(blocks(6), reserve(sched.ReserveOracle)), requests: three(1)},
		{name: "who leaves makes room at once", c: orcaMicro(slots(2)), requests: []asked{
			{in: 16, out: 2, last: 2}, {in: 16, out: 10, last: 10}, {in: 16, out: 2, first: 3, last: 4}}},
		{name: "a batch is served to its end", c: staticMicro(slots(2)), requests: []asked{
			{in: 16, out: 2, last: 2}, {in: 16, out: 10, last: 10}, {in: 16, out: 2, first: 11, last: 12}}},
		{name: "who comes meanwhile waits", c: staticMicro(), requests: []asked{
			{at: 0, in: 16, out: 10, last: 10}, {at: 0.5, in: 16, out: 2, first: 11}}},
	})
}

// C8 says what the guarantee makes of the first.
func TestMicroMaxUtilization(t *testing.T) {
	runMicros(t, []micro{
		{name: "what prompts need is enough", c: trtllmMicro(8192, blocks(8), mostUsed), requests: alike(2, asked{
			in: 96, out: 33, first: 1, last: 33})},
		// In step 34 each would need a fifth block. The second's 129 tokens find five free when the first has
		// ended.
		{name: "the last that started is paused", c: trtllmMicro(8192, blocks(8), mostUsed), requests: []asked{
			{in: 96, out: 40, first: 1, last: 40}, {in: 96, out: 40, first: 1, last: 47, preempts: true}}},
		// In step 34 the third, which would fit beside the first alone, is not yet come to.
		{name: "a pause ends the pass", c: trtllmMicro(8192, blocks(8), mostUsed), requests: []asked{
			{at: 0, in: 96, out: 40, first: 1, last: 40}, {at: 0, in: 96, out: 40, first: 1, last: 47, preempts: true},
			{at: 32.5, in: 1, out: 1, first: 41}}},
	})
}

package sim

import "testing"

func longestPrefix(c *Config) { c.Limits.LongestPrefix = true }

// SGLang's schedule_policy = lpm, in steps of so many prompt tokens.
func TestMicroLongestPrefix(t *testing.T) {
	a, b := []uint64{1, 2}, []uint64{3, 4}
	longer := []uint64{1, 2, 5}
	runMicros(t, []micro{
		// Of the third 64 tokens are cached in step 2, of the second none.
		{name: "who has more cached goes first", chunk: 32, c: sglangMicro(64, cache, longestPrefix), requests: []asked{
			{at: 0, in: 64, out: 2, content: a, first: 1}, {at: 0.5, in: 64, out: 2, content: b, first: 3},
			{at: 0.5, in: 96, out: 2, content: longer, first: 2, cached: 64}}},
		{name: "else they stand as they came", chunk: 32, c: sglangMicro(64, cache), requests: []asked{
			{at: 0, in: 64, out: 2, content: a, first: 1}, {at: 0.5, in: 64, out: 2, content: b, first: 2},
			{at: 0.5, in: 96, out: 2, content: longer, first: 3, cached: 64}}},
		// The second begins as the first, which nobody has computed, so that the third goes before it.
		{name: "one of those alike runs first", chunk: 32, c: sglangMicro(128, cache, longestPrefix), requests: []asked{
			{at: 0, in: 64, out: 2, content: a, first: 1}, {at: 0, in: 64, out: 2, content: a, first: 2, cached: 63},
			{at: 0, in: 64, out: 2, content: b, first: 1}}},
		{name: "both would in one step", chunk: 32, c: sglangMicro(128, cache), requests: []asked{
			{at: 0, in: 64, out: 2, content: a, first: 1}, {at: 0, in: 64, out: 2, content: a, first: 1},
			{at: 0, in: 64, out: 2, content: b, first: 2}}},
		// 31 tokens in common are too few.
		{name: "a short beginning does not count", chunk: 31, c: sglangMicro(124, cache, longestPrefix), requests: []asked{
			{at: 0, in: 62, out: 2, content: a, first: 1}, {at: 0, in: 62, out: 2, content: []uint64{1, 9}, first: 1},
			{at: 0, in: 62, out: 2, content: b, first: 2}}},
		{name: "one of 32 does", chunk: 32, c: sglangMicro(128, cache, longestPrefix), requests: []asked{
			{at: 0, in: 64, out: 2, content: a, first: 1},
			{at: 0, in: 64, out: 2, content: []uint64{1, 9}, first: 2, cached: 32},
			{at: 0, in: 64, out: 2, content: b, first: 1}}},
		{name: "no cache to sort by", chunk: 32, c: sglangMicro(128, longestPrefix), requests: []asked{
			{at: 0, in: 64, out: 2, content: a, first: 1}, {at: 0, in: 64, out: 2, content: a, first: 1},
			{at: 0, in: 64, out: 2, content: b, first: 2}}},
	})
}

// Of more than 128 waiting requests none passes another: the last, of which all is cached but a token, comes
// when the queue has grown shorter.
func TestMicroLongestPrefixOfALongQueue(t *testing.T) {
	known := []uint64{1, 2}
	requests := []asked{{at: 0, in: 64, out: 2, content: known, first: 1}}
	for i := range uint64(130) {
		requests = append(requests, asked{at: 0.5, in: 64, out: 1, content: []uint64{100 + 2*i, 101 + 2*i}})
	}
	requests[1].first, requests[3].first = 2, 4
	requests = append(requests, asked{at: 0.5, in: 64, out: 1, content: known, first: 5, cached: 63})
	runMicros(t, []micro{{name: "long queue", chunk: 32, c: sglangMicro(64, cache, longestPrefix), requests: requests}})
}

package workloads_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/workloads"
	"pgregory.net/rapid"
)

func drawRequests(t *rapid.T) []workloads.Request {
	var requests []workloads.Request
	at := units.Picoseconds(0)
	for range rapid.IntRange(1, 40).Draw(t, "n") {
		requests = append(requests, workloads.Request{Arrival: at, Input: len(requests) + 1, Output: 1})
		at += units.Picoseconds(rapid.Int64Range(0, int64(second)).Draw(t, "gap"))
	}
	return requests
}

func must(t interface{ Fatal(...any) }) func(workloads.Source, error) workloads.Source {
	return func(s workloads.Source, err error) workloads.Source {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestScaleDividesArrivals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := drawRequests(t)
		factor := rapid.Float64Range(0.01, 100).Draw(t, "factor")
		got := drain(must(t)(workloads.Scale(&list{requests: requests}, factor)))
		if len(got) != len(requests) {
			t.Fatalf("%d of %d requests", len(got), len(requests))
		}
		for i, r := range got {
			if want := float64(requests[i].Arrival) / factor; float64(r.Arrival)-want > 1 ||
				want-float64(r.Arrival) > 1 {
				t.Fatalf("request %d arrives at %v, want %v", i, r.Arrival, want)
			}
			if r.Input != requests[i].Input || i > 0 && r.Arrival < got[i-1].Arrival {
				t.Fatalf("request %d is %+v", i, r)
			}
		}
	})
}

func TestFirstAndWindowCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := drawRequests(t)
		n := rapid.IntRange(0, 50).Draw(t, "first")
		if got, want := drain(workloads.First(&list{requests: requests}, n)), requests[:min(n,
			len(requests))]; !slices.EqualFunc(got, want, equal) {
			t.Fatalf("the first %d are %v", n, got)
		}
		start := units.Picoseconds(rapid.Int64Range(0, int64(10*second)).Draw(t, "start"))
		end := start + 1 + units.Picoseconds(rapid.Int64Range(0, int64(10*second)).Draw(t, "length"))
		var want []workloads.Request
		for _, r := range requests {
			if r.Arrival >= start && r.Arrival < end {
				r.Arrival -= start
				want = append(want, r)
			}
		}
		if got := drain(must(t)(workloads.Window(&list{requests: requests}, start, end))); !slices.EqualFunc(got,
			want, equal) {
			t.Fatalf("the window holds %v, want %v", got, want)
		}
	})
}

func equal(a, b workloads.Request) bool { return cmp.Equal(a, b) }

func TestRepeatKeepsTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := drawRequests(t)
		n := rapid.IntRange(1, 4).Draw(t, "passes")
		got := drain(must(t)(workloads.Repeat(func() (workloads.Source, error) {
			return &list{requests: requests},
				nil
		}, n)))
		if len(got) != n*len(requests) {
			t.Fatalf("%d requests in %d passes of %d", len(got), n, len(requests))
		}
		begin, end := requests[0].Arrival, requests[len(requests)-1].Arrival
		period := end
		if len(requests) > 1 {
			period = end - begin + (end-begin)/units.Picoseconds(len(requests)-1)
		}
		for i, r := range got {
			want := requests[i%len(requests)]
			want.Arrival += period * units.Picoseconds(i/len(requests))
			if !equal(r, want) {
				t.Fatalf("request %d is %+v, want %+v", i, r, want)
			}
		}
	})
}

// A trace that was cut out of a longer one begins late: its wait before the first arrival is no gap, and
// is not repeated.
func TestRepeatOfALateTraceKeepsTheRate(t *testing.T) {
	at := []units.Picoseconds{1000, 1010, 1030, 1040}
	var requests []workloads.Request
	for _, a := range at {
		requests = append(requests, workloads.Request{Arrival: a, Input: 1, Output: 1, MaxOutput: 1})
	}
	opener := func() (workloads.Source, error) { return &list{requests: requests}, nil }
	got := drain(must(t)(workloads.Repeat(opener, 2)))
	var arrivals []units.Picoseconds
	for _, r := range got {
		arrivals = append(arrivals, r.Arrival)
	}
	if want := append(at, 1053, 1063, 1083, 1093); !slices.Equal(arrivals, want) {
		t.Errorf("arrivals %v, want %v: one mean gap, 13, after the last", arrivals, want)
	}
}

// A source is read once where a recording of it is small, and once for each pass where it is not.
func TestRepeatRemembersShortSources(t *testing.T) {
	for _, c := range []struct{ requests, blocks, opened int }{{1, 0, 1}, {10, 3, 1}, {200_000, 0, 1},
		{270_000, 0, 3}, {40_000, 24, 3}, {30_000, 24, 1}} {
		var requests []workloads.Request
		for i := range c.requests {
			r := workloads.Request{Arrival: units.Picoseconds(i), Input: i + 1, Output: 2, MaxOutput: 3,
				Priority: int32(-i), Session: uint64(i)}
			for b := range c.blocks - i%2 {
				r.Blocks = append(r.Blocks, uint64(i+b))
			}
			requests = append(requests, r)
		}
		opened := 0
		source := must(t)(workloads.Repeat(func() (workloads.Source, error) {
			opened++
			return &list{requests: requests}, nil
		}, 3))
		period := units.Picoseconds(c.requests)
		if c.requests == 1 {
			period = 0
		}
		var got workloads.Request
		for i := range 3 * c.requests {
			want := requests[i%c.requests]
			want.Arrival += period * units.Picoseconds(i/c.requests)
			if !source.Next(&got) || got.Arrival != want.Arrival || got.Input != want.Input ||
				got.Output != want.Output || got.MaxOutput != want.MaxOutput || got.Priority != want.Priority ||
				got.Session != want.Session ||
				!slices.Equal(got.Blocks, want.Blocks) {
				t.Fatalf("request %d is %+v, want %+v", i, got, want)
			}
		}
		if source.Next(&got) || source.Err() != nil || opened != c.opened {
			t.Errorf("%d requests with %d blocks: opened %d times, want %d; %v", c.requests, c.blocks, opened, c.opened, source.Err())
		}
	}
}

// what lists which of the optional interfaces a source has.
func what(s workloads.Source) string {
	var b strings.Builder
	if c, ok := s.(workloads.Closed); ok {
		fmt.Fprintf(&b, "closed %d ", c.Concurrency())
	}
	if p, ok := s.(workloads.Prefixed); ok {
		fmt.Fprintf(&b, "blocks %d ", p.BlockTokens())
	}
	if c, ok := s.(workloads.Counted); ok {
		fmt.Fprintf(&b, "length %d ", c.Len())
	}
	return strings.TrimSpace(b.String())
}

type users struct{}

func (users) Concurrency() int { return 3 }

type blocks struct{}

func (blocks) BlockTokens() int { return 64 }

type counted struct{}

func (counted) Len() int { return 10 }

// One source for each combination of the optional interfaces.
func everyKind() map[string]workloads.Source {
	l := &list{}
	return map[string]workloads.Source{
		"": l,
		"closed 3": struct {
			*list
			users
		}{l, users{}},
		"blocks 64": struct {
			*list
			blocks
		}{l, blocks{}},
		"length 10": struct {
			*list
			counted
		}{l, counted{}},
		"closed 3 blocks 64": struct {
			*list
			users
			blocks
		}{l, users{}, blocks{}},
		"closed 3 length 10": struct {
			*list
			users
			counted
		}{l, users{}, counted{}},
		"blocks 64 length 10": struct {
			*list
			blocks
			counted
		}{l, blocks{}, counted{}},
		"closed 3 blocks 64 length 10": struct {
			*list
			users
			blocks
			counted
		}{l, users{}, blocks{}, counted{}},
	}
}

func TestTransformsKeepWhatASourceIs(t *testing.T) {
	for kind, source := range everyKind() {
		if got := what(workloads.First(source, 100)); got != kind {
			t.Errorf("the first of %q are %q", kind, got)
		}
		if got, want := what(workloads.First(source, 4)), strings.Replace(kind, "length 10", "length 4", 1); got != want {
			t.Errorf("the first 4 of %q are %q", kind, got)
		}
		if got := what(must(t)(workloads.Scale(source, 2))); got != kind {
			t.Errorf("%q scaled is %q", kind, got)
		}
		again := must(t)(workloads.Repeat(func() (workloads.Source, error) { return source, nil }, 3))
		if got, want := what(again), strings.Replace(kind, "length 10", "length 30", 1); got != want {
			t.Errorf("%q repeated is %q", kind, got)
		}
		window, err := workloads.Window(source, 0, second)
		if strings.Contains(kind, "closed") {
			if err == nil {
				t.Errorf("a window on a closed loop is allowed")
			}
			continue
		}
		if got, want := what(window), strings.TrimSuffix(strings.TrimSuffix(kind, "length 10"), " "); err != nil || got != want {
			t.Errorf("a window on %q is %q, %v", kind, got, err)
		}
	}
}

func TestBlocksPassThroughTransforms(t *testing.T) {
	opener := func() (workloads.Source, error) { return open(t, mooncakeRow), nil }
	source := must(t)(workloads.Scale(workloads.First(must(t)(workloads.Repeat(opener, 3)), 2), 2))
	got := read(t, source)
	if len(got) != 2 || len(got[1].Blocks) != 24 || got[1].Blocks[23] != 182772 || what(source) != "blocks 512" {
		t.Errorf("%q %+v", what(source), got)
	}
	// The first pass fills the cache that the second finds: 23 of the 24 blocks are full.
	if stats := measure(t, must(t)(workloads.Repeat(opener, 2))); stats.Prefix.HitBlocks != 23 ||
		stats.Prefix.Blocks != 46 {
		t.Errorf("%+v", stats.Prefix)
	}
}

func TestMistakesInTransforms(t *testing.T) {
	late := func() workloads.Source {
		return &list{requests: []workloads.Request{{Arrival: 0}, {Arrival: units.Forever / 4}}}
	}
	zeros := open(t, "arrival,input,output\n0,5,0\n")
	broken := errors.New("gone")
	opens := 0
	for want, err := range map[string]error{
		"rate_scale: 0 is not a positive number":  refusal(workloads.Scale(&list{}, 0)),
		"rate_scale: stretches the trace":         end(must(t)(workloads.Scale(late(), 0.1))),
		"end_s: the window from 2 to 1 s is empt": refusal(workloads.Window(&list{}, 2*second, second)),
		"repeat: 0 is not a number of passes":     refusal(workloads.Repeat(nil, 0)),
		"repeat: the passes last longer":          end(must(t)(workloads.Repeat(func() (workloads.Source, error) { return late(), nil }, 9))),
		"gone": end(must(t)(workloads.Repeat(func() (workloads.Source, error) {
			if opens++; opens > 1 {
				return nil, broken
			}
			return &list{}, nil
		}, 2))),
		"gone at once": fmt.Errorf("%w at once", refusal(workloads.Repeat(func() (workloads.Source, error) { return nil, broken }, 2))),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	noted := must(t)(workloads.Repeat(func() (workloads.Source, error) { return zeros, nil }, 1))
	read(t, noted)
	if notes := workloads.Notes(must(t)(workloads.Scale(noted, 2))); len(notes) != 1 {
		t.Errorf("notes are lost: %v", notes)
	}
}

func refusal(_ workloads.Source, err error) error { return err }

func end(s workloads.Source) error {
	drain(s)
	return s.Err()
}

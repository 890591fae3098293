package laws

import (
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/sched"
)

// faults collects what a scenario broke.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// near tells whether two numbers are the same but for rounding.
func near(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= float64(tolerance*max(math.Abs(a), math.Abs(b)))+1e-9
}

// checkRequests holds every request's life against what was drawn: nothing is lost, changed or answered
// before it was asked.
func (f *faults) checkRequests(s *draw, o *outcome) {
	if len(o.drawn) != s.requests || len(o.finished) != s.requests {
		f.add("%d requests were asked for, %d drawn, %d finished", s.requests, len(o.drawn), len(o.finished))
		return
	}
	seen := make([]bool, s.requests)
	for i := range o.finished {
		q := &o.finished[i]
		if q.Index < 0 || q.Index >= s.requests || seen[q.Index] {
			f.add("request %d finished twice, or never came", q.Index)
			return
		}
		seen[q.Index] = true
		drawn := o.drawn[q.Index]
		if q.Input != drawn.Input || q.Output != drawn.Output {
			f.add("request %d has %d and %d tokens, drawn were %d and %d", q.Index, q.Input, q.Output, drawn.Input, drawn.Output)
		}
		if s.users == 0 && q.Arrival != drawn.Arrival {
			f.add("request %d arrives at %d ps, drawn was %d", q.Index, q.Arrival, drawn.Arrival)
		}
		f.checkTimes(q)
		f.checkRefusal(o, q)
	}
}

// checkTimes are the orders that a request's times and counts must keep.
func (f *faults) checkTimes(q *sim.Finished) {
	if q.Failed {
		return
	}
	switch {
	case q.Arrival < 0 || q.FirstToken <= q.Arrival || q.LastToken < q.FirstToken:
		f.add("request %d: arrival, first and last token at %d, %d and %d ps", q.Index, q.Arrival, q.FirstToken, q.LastToken)
	case q.Output == 1 && q.FirstToken != q.LastToken:
		f.add("request %d: its one token comes at %d and at %d ps", q.Index, q.FirstToken, q.LastToken)
	case q.Output > 1 && q.FirstToken == q.LastToken:
		f.add("request %d: %d tokens come at once", q.Index, q.Output)
	case q.Cached < 0 || q.Cached >= q.Input || q.Preemptions < 0:
		f.add("request %d: %d of %d prompt tokens cached, %d preemptions", q.Index, q.Cached, q.Input, q.Preemptions)
	}
}

// checkRefusal: refused are those that are too long for the model's limit or for the whole cache, and no
// others.
func (f *faults) checkRefusal(o *outcome, q *sim.Finished) {
	total := q.Input + q.Output
	tooLong := total > o.Scenario.Engine.MaxModelLen
	switch {
	case tooLong && !q.Failed:
		f.add("request %d of %d tokens was served; max_model_len is %d", q.Index, total, o.Scenario.Engine.MaxModelLen)
	case !plain(o):
	case o.Scenario.Engine.Policy == "trtllm" && !*o.Scenario.Engine.ChunkedPrefill &&
		q.Input > o.Scenario.Engine.MaxNumBatchedTokens:
		if !q.Failed {
			f.add("request %d of %d prompt tokens was served by steps of fewer", q.Index, q.Input)
		}
	case q.Failed && !tooLong && pages(o, total+sched.Headroom) <= o.Parts.Memory.Usable():
		f.add("request %d of %d tokens was refused; %d blocks hold it and there are %d", q.Index, total, pages(o, total), o.Parts.Memory.Usable())
	case !q.Failed && pages(o, total-1) > o.Parts.Memory.Usable():
		f.add("request %d of %d tokens was served by %d blocks", q.Index, total, o.Parts.Memory.Usable())
	}
}

// plain tells whether every layer keeps every token: then a sequence's blocks are its tokens divided by the
// block's.
func plain(o *outcome) bool {
	for _, b := range o.Parts.Model.Stack {
		if b.Mixer == nil {
			continue
		}
		state := b.Mixer.State()
		if state.RecurrentValues > 0 || len(state.Tokens) != 1 || state.Tokens[0].Reach.Size > 0 {
			return false
		}
	}
	return true
}

// pages is the number of blocks that so many tokens fill, the last in part.
func pages(o *outcome, tokens int) int {
	size := o.Scenario.Engine.BlockSize
	n := tokens / size
	if tokens%size > 0 {
		n++
	}
	return n
}

// checkCapacity: at no instant do sequences that have begun to answer hold more blocks, or are there more of
// them, than the pools and max_num_seqs allow. What a preempted one holds is not known.
func (f *faults) checkCapacity(s *draw, o *outcome) {
	if s.pp > 1 { // answers of one round leave a pipeline at different times
		return
	}
	shares := *o.Scenario.Engine.PrefixCaching
	type change struct {
		at               int64
		sequences, pages int
	}
	var changes []change
	for i := range o.finished {
		q := &o.finished[i]
		if q.Failed || q.Preemptions > 0 {
			continue
		}
		held := pages(o, q.Input)
		changes = append(changes, change{int64(q.FirstToken), 1, held}, change{int64(q.LastToken), -1, -held})
	}
	slices.SortFunc(changes, func(a, b change) int {
		if a.at != b.at {
			return int(max(-1, min(1, a.at-b.at)))
		}
		return a.sequences - b.sequences // those that leave make room first
	})
	ranks := s.dp * s.replicas
	sequences, held := 0, 0
	for _, c := range changes {
		sequences += c.sequences
		held += c.pages
		if most := ranks * o.Scenario.Engine.MaxNumSeqs; sequences > most {
			f.add("%d sequences decode at %d ps, max_num_seqs allows %d", sequences, c.at, most)
			return
		}
		if most := ranks * o.Parts.Memory.Usable(); plain(o) && !shares && held > most {
			f.add("prompts fill %d blocks at %d ps, there are %d", held, c.at, most)
			return
		}
	}
}

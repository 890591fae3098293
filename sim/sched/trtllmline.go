package sched

import (
	"cmp"
	"slices"
)

// TensorRT-LLM's executor keeps its active requests, those that run and those that are yet to begin, in a
// list as they came (activeRequests of capacityScheduler.cpp). One that was held back for a block which
// another computed is come to before those that have passed it meanwhile, also where these have begun.

// taken is how many waiting requests are active.
func (p *trtllm) taken(r Rank) int { return min(r.Waiting(), p.MaxNumSeqs-r.Running()) }

// inLine lists the prompts in progress as they came.
func (p *trtllm) inLine(r Rank) []Seq {
	partial := r.Partial()
	if len(partial) < 2 {
		return partial
	}
	p.partial = append(p.partial[:0], partial...)
	slices.SortFunc(p.partial, func(a, b Seq) int { return r.Arrival(a) - r.Arrival(b) })
	return p.partial
}

// ahead is how many blocks a prompt in progress is yet to take until it has generated its longest, where that
// is guaranteed.
func (p *trtllm) ahead(r Rank, s Seq) int {
	if p.MaxUtilization {
		return 0
	}
	known := r.Computed(s) + r.Remaining(s)
	return r.Footprint(p.Demand(known, 0, r.Declared(s))) - r.Footprint(known)
}

// started lists the sequences that have not ended as they came.
func (p *trtllm) started(r Rank) []Running {
	p.running = r.AppendRunning(p.running[:0])
	p.running = slices.DeleteFunc(p.running, func(s Running) bool { return s.Standing == Ended })
	slices.SortFunc(p.running, func(a, b Running) int { return cmp.Compare(a.Arrival, b.Arrival) })
	return p.running
}

// passed tells whether any that runs came after one that is yet to begin.
func (p *trtllm) passed(r Rank) bool {
	if !r.Deep() || r.Running() == 0 || p.taken(r) <= 0 {
		return false
	}
	list := p.started(r)
	return len(list) > 0 && r.Came(0) < list[len(list)-1].Arrival
}

// walk is a plan under MAX_UTILIZATION where some have passed others: each in line asks for its next blocks,
// and where there are too few the last that has begun, and is not yet come to, is paused.
func (p *trtllm) walk(r Rank) int {
	running, taken, place := p.started(r), p.taken(r), 0
	p.contribute(r, p.inLine(r))
	p.fitting = p.fitting[:0]
	promised, paused := 0, 0
	for place < taken || len(running) > 0 {
		var f fitting
		need := 0
		switch {
		case place < taken && (len(running) == 0 || r.Came(place+paused) < running[0].Arrival):
			head := r.Look(place + paused)
			if p.held(&head) {
				place++
				continue
			}
			need = r.Footprint(head.Known)
			f = fitting{waits: true, place: place, left: head.Known}
		case running[0].Standing == Decodes:
			need = r.TokenBlocks(running[0].Seq)
		default:
			f = fitting{seq: running[0].Seq, left: r.Remaining(running[0].Seq)}
		}
		if promised+need > r.Free() {
			if len(running) == 0 {
				break
			}
			last := running[len(running)-1]
			running = running[:len(running)-1]
			for place < taken && r.Came(taken-1+paused) > last.Arrival {
				taken--
			}
			waiting := r.Waiting()
			r.Preempt(last.Seq, Head)
			paused += r.Waiting() - waiting // none where one has ended unseen, that a plan ahead counts on
			continue
		}
		promised += need
		if f.waits {
			place++
		} else {
			running = running[1:]
		}
		if f.left > 0 {
			p.fitting = append(p.fitting, f)
		}
	}
	p.open = false
	budget := p.MaxNumBatchedTokens - r.Decoding()*p.Queries
	r.Decode()
	p.begin(r, budget, paused)
	return 1 // who finds blocks and no tokens may have others paused in the next
}

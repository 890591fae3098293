package sched

import "slices"

// yielding is how vLLM serves the running requests where blocks run out and requests stand in an order
// (vllm/v1/core/sched/scheduler.py, schedule, scheduling_policy = "priority"). In order of admission each
// asks for the blocks of its next tokens. While too few are free, the least urgent of all that run gives up
// its own, with the tokens that it was to have in this step. Where that is the one that asks, none after it
// is served: they run in the next plan, which follows at once if nothing else is to be computed.
type yielding struct {
	turns  []turn
	budget int // tokens that the step has left
	blocks int // free ones that the step takes
}

// turn is a running request and what it is to have in the step.
type turn struct {
	Running
	tokens, blocks int
}

// yield serves the running requests.
func (p *vllm) yield(r Rank) {
	y := &p.yielding
	y.turns, y.budget, y.blocks = y.turns[:0], p.MaxNumBatchedTokens, 0
	p.running = r.AppendRunning(p.running[:0])
	for _, s := range p.running {
		y.turns = append(y.turns, turn{Running: s})
	}
	for at := 0; at < len(y.turns) && y.budget > 0; at++ {
		asker := y.turns[at]
		switch asker.Standing {
		case Decodes:
			asker.tokens, asker.blocks = p.Queries, r.TokenBlocks(asker.Seq)
			if asker.tokens > y.budget {
				p.shorten(r, &asker)
			}
		case Computes:
			asker.tokens = p.further(r, asker.Seq, y.budget)
			asker.blocks = r.ExtendBlocks(asker.Seq, asker.tokens)
		case Ended: // has nothing to compute
		}
		if asker.tokens == 0 {
			continue
		}
		if at = y.makeRoom(r, &asker, at); at == nowhere {
			break
		}
		y.serve(&asker)
	}
	y.carryOut(r, p.Queries)
}

// shorten gives one that asks for more rows than the step has tokens as many as there are, if it can have
// them.
func (p *vllm) shorten(r Rank, asker *turn) {
	y := &p.yielding
	if blocks, ok := r.RowBlocks(asker.Seq, y.budget); ok {
		asker.tokens, asker.blocks = y.budget, blocks
		return
	}
	asker.tokens = 0
}

// nowhere is no place among the turns.
const nowhere = -1

// makeRoom drives out the least urgent until the one that asks, at some place, has room. It returns where
// vLLM goes on: a place earlier for each that was served and is gone, whoever stood before the others that
// are gone; nowhere, if the one that asks is gone itself.
func (y *yielding) makeRoom(r Rank, asker *turn, at int) int {
	for asker.blocks > r.Free()-y.blocks {
		i := y.leastUrgent()
		victim := y.turns[i]
		y.turns = slices.Delete(y.turns, i, i+1)
		r.Preempt(victim.Seq, Head)
		switch {
		case victim.Seq == asker.Seq:
			return nowhere
		case victim.tokens > 0:
			y.budget += victim.tokens
			y.blocks -= victim.blocks
			at--
		}
	}
	return at
}

// leastUrgent is the place of the request that stands last in the order, of equal ones the last that arrived.
func (y *yielding) leastUrgent() int {
	least := 0
	for i := range y.turns {
		a, b := &y.turns[i], &y.turns[least]
		if a.Key > b.Key || a.Key == b.Key && a.Arrival > b.Arrival {
			least = i
		}
	}
	return least
}

// serve takes note of what the one that asked is given.
func (y *yielding) serve(asker *turn) {
	i := slices.IndexFunc(y.turns, func(t turn) bool { return t.Seq == asker.Seq })
	y.turns[i] = *asker
	y.budget -= asker.tokens
	y.blocks += asker.blocks
}

// carryOut forms the step of what has been given.
func (y *yielding) carryOut(r Rank, queries int) {
	for _, t := range y.turns {
		if t.Standing == Decodes && t.tokens < queries {
			r.SitOut(t.Seq)
		}
	}
	r.Decode()
	for _, t := range y.turns {
		if t.Standing == Decodes && t.tokens > 0 && t.tokens < queries {
			r.ComputeRows(t.Seq, t.tokens)
		}
	}
	for _, t := range y.turns {
		if t.Standing == Computes && t.tokens > 0 {
			r.Extend(t.Seq, t.tokens)
		}
	}
}

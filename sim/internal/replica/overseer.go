package replica

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/sim/sched"
)

// overseer is what a policy is shown in the place of its rank where its plans are checked: those of programs
// of others, and all where conservation is. The first action that a rank cannot carry out ends the plan, with
// an error that names it.
type overseer struct {
	*rank
	name    string // of the policy
	wrong   error
	decodes bool
	looked  bool // at a waiting request since the last was admitted
	given   []chunk
}

var _ sched.Rank = (*overseer)(nil)

// misstep ends a plan, in the middle of whatever loop the policy is in.
type misstep struct{ error }

// plan asks a policy for a step.
func (o *overseer) plan(p sched.Policy) (patience int) {
	defer func() {
		switch end := recover().(type) {
		case nil:
		case misstep:
			o.wrong = end.error
		default:
			panic(end)
		}
	}()
	o.decodes, o.looked, o.given = false, false, o.given[:0]
	patience = p.Plan(o)
	o.must(patience >= 1, "Plan answers %d; it holds for one step at least", patience)
	return patience
}

// must ends the plan where something does not hold.
func (o *overseer) must(holds bool, wrong string, args ...any) {
	if !holds {
		panic(misstep{fmt.Errorf("policy %q, rank %d: %s", o.name, o.number, fmt.Sprintf(wrong, args...))})
	}
}

// mustFit ends the plan where an action takes more blocks than are free.
func (o *overseer) mustFit(action string, blocks int) {
	free := o.Free()
	o.must(blocks <= free, "%s takes %d blocks, and %d are free", action, blocks, free)
}

// mustHave ends the plan where a prompt of which so many tokens are left cannot have n of them.
func (o *overseer) mustHave(action string, n, left int) {
	o.must(n >= 1 && n <= left, "%s gives %d tokens of a prompt of which %d are left", action, n, left)
}

func (o *overseer) Head() sched.Request {
	o.must(o.Waiting() > 0, "Head is asked for, and no request waits")
	o.looked = true
	return o.rank.Head()
}

func (o *overseer) Look(place int) sched.Request {
	o.must(place >= 0 && place < o.Waiting(), "Look(%d) is asked for, and %d requests wait", place, o.Waiting())
	o.looked = true
	return o.rank.Look(place)
}

func (o *overseer) Decode() {
	o.must(!o.decodes, "Decode is called twice in a plan")
	o.mustFit("Decode", o.DecodeBlocks())
	o.decodes = true
	o.rank.Decode()
}

func (o *overseer) Extend(s sched.Seq, n int) {
	o.must(slices.Contains(o.Partial(), s), "Extend is called for a sequence that is not in Partial")
	left := o.Remaining(s)
	for _, c := range o.given {
		if c.seq == s {
			left -= c.n
		}
	}
	o.mustHave("Extend", n, left)
	o.mustFit("Extend", o.ExtendBlocks(s, n))
	o.given = append(o.given, chunk{seq: s, n: n})
	o.rank.Extend(s, n)
}

func (o *overseer) Admit(n int) {
	o.must(o.Waiting() > 0 && o.looked, "Admit is called without a waiting request that was looked at")
	o.looked = false
	h := o.rank.Look(o.place)
	o.mustHave("Admit", n, h.Known-h.Cached)
	first := h.Cached + n
	if o.whole {
		first = h.Known
	}
	o.mustFit("Admit", o.AdmitBlocks(first, n))
	o.rank.Admit(n)
	o.given = append(o.given, chunk{seq: o.Last(), n: n})
}

func (o *overseer) ComputeRows(s sched.Seq, rows int) {
	o.must(o.roster.all[s].sits, "ComputeRows is called for a sequence that does not sit out the step")
	blocks, ok := o.RowBlocks(s, rows)
	o.must(ok && rows < o.shape.Verify.Queries(), "ComputeRows gives %d rows", rows)
	o.mustFit("ComputeRows", blocks)
	o.rank.ComputeRows(s, rows)
}

func (o *overseer) Preempt(s sched.Seq, where sched.End) {
	o.must(o.Running() > 0, "Preempt is called, and nothing runs")
	o.rank.Preempt(s, where)
}

func (o *overseer) SwapIn() {
	o.must(o.Swapped() > 0, "SwapIn is called, and nothing is swapped out")
	o.mustFit("SwapIn", o.SwapBlocks())
	o.rank.SwapIn()
}

// misplanned is why what was planned cannot be carried out.
func (p *Replica) misplanned() error {
	if p.port != nil && p.port.stuck {
		return errLivelock
	}
	for _, r := range p.ranks {
		if r.overseer != nil && r.overseer.wrong != nil {
			return r.overseer.wrong
		}
	}
	return nil
}

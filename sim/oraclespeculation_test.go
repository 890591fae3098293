package sim

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/internal/fixture"
)

// Steps that verify drafts, job by job. What a job is given follows from draws that are its own; under
// "drawn" its steps have them as they come, and otherwise as many steps share its output evenly, in parts of
// a token of which there are 2^20.

// guess is what a job's steps give it.
type guess struct {
	done  int // steps since it came
	steps int // since it began to decode
	known int // when it began to
	left  int // of its output, then
	slope int // parts of a token in a step
	holds int // tokens for which it has blocks
	last  int // tokens of the latest step
	keyed [arch.MaxReaches]bool
	among bool // those that decode
	bare  bool // nothing is drafted for its next step
}

const parts = 1 << 20

// verifies tells whether steps verify drafts.
func (r *oracleRank) verifies() bool { return r.pool.c.Verify != nil }

func (r *oracleRank) evenly() bool { return r.verifies() && !r.pool.c.Verify.Drawn }

// starts lets a job that has its prompt, and a token, have steps that verify drafts.
func (r *oracleRank) starts(j *job) {
	j.steps, j.guess.known, j.guess.left = 0, j.known(), j.Output-j.generated
	if !j.sits { // who sat out a step goes on
		j.holds, j.guess.last = j.computed, 1
	}
	j.keyed, j.among = [arch.MaxReaches]bool{}, true
	for i, reach := range r.pool.c.Step.Reaches() {
		j.keyed[i] = j.known() >= reach.Size
	}
	if j.guess.slope = 0; r.evenly() && j.guess.left > 0 {
		n := 0
		for given := 0; given < j.guess.left; n++ {
			given += r.draw(j, j.done, n, 1)
		}
		j.guess.slope = (j.guess.left*parts + n - 1) / n
	}
	r.changed = true
}

// draw is what the n-th of a job's steps after the first ones gives it: a token, and the drafts that are
// accepted, if any were made, which the account counts so many times.
func (r *oracleRank) draw(j *job, first, n int, times int64) int {
	if j.bare && n == 0 || r.plain {
		return 1
	}
	if j.bare {
		n--
	}
	accepted := r.pool.c.Verify.LawOf(uint64(j.Index)).Accepted(uint64(j.Index), first+n)
	r.pool.account.Drafts[accepted] += times
	return 1 + accepted
}

// drop takes note of a job that decodes no more, if it did.
func (r *oracleRank) drop(j *job) bool {
	was := j.among
	r.changed = r.changed || was
	j.among = false
	return was
}

// gain is what the step under way gives a job.
func (r *oracleRank) gain(j *job) int {
	if !r.evenly() {
		return min(r.draw(j, j.done, 0, 1), j.Output-j.generated)
	}
	return (j.steps+1)*j.slope/parts - j.steps*j.slope/parts
}

// verified takes note of a step that a job is through with; one that has its output is given nothing.
func (r *oracleRank) verified(j *job, gained int) {
	if j.steps++; !j.bare && !r.plain || r.evenly() {
		j.done++
	}
	if !r.evenly() {
		j.bare = false
	}
	j.guess.last = gained
	for i, reach := range r.pool.c.Step.Reaches() {
		if full := reach.Kind != arch.Full && j.context()/parts >= reach.Size; full && !j.keyed[i] {
			j.keyed[i], r.changed = true, true
		}
	}
	if r.evenly() && gained > 0 && j.generated == j.Output {
		r.given += j.guess.left
	}
}

// interrupted takes note of a job that decodes and is driven out.
func (r *oracleRank) interrupted(j *job) {
	if r.evenly() {
		r.given += j.known() - j.guess.known
		n := 0
		for given := 0; given < j.guess.left; n++ { // which were counted when it began
			times := int64(0)
			if n >= j.steps {
				times = -1
			}
			given += r.draw(j, j.done-j.steps, n, times)
		}
		if j.bare && j.steps > 0 { // which drew nothing
			j.bare = false
			j.done--
		}
		r.tell()
	}
}

// tell counts the tokens that even steps have given since it was last asked: those of jobs that go on in
// parts, which count when they make whole ones together.
func (r *oracleRank) tell() {
	flowing := 0
	for _, j := range r.running {
		if j.among && j.generated < j.Output {
			flowing += j.steps * j.slope
		}
	}
	if all := r.given + flowing/parts; all != r.told { // else there may have been no step yet
		r.pool.account.Decoded(int64(all - r.told))
		r.told = all
	}
}

// context is the parts of keys that a job's next token sees without a limit.
func (j *job) context() int { return j.guess.known*parts + j.steps*j.slope }

// keys is the parts of keys of a reach that a job's next token sees, and by how many its next step adds.
func (r *oracleRank) keys(j *job, reach arch.Reach) (seen, more int) {
	if !r.evenly() {
		return reach.Keys(j.known()) * parts, 0
	}
	if reach.Kind != arch.Full && j.context() >= reach.Size*parts {
		return reach.Size * parts, 0
	}
	return j.context(), j.slope
}

// sums are those of all jobs that decode in the step.
func (r *oracleRank) sums(i int) (seen, more int) {
	for _, j := range append(r.running[:len(r.running):len(r.running)], r.ghosts...) {
		if j.decoding && j.chunk > 0 {
			a, b := r.keys(j, r.pool.c.Step.Reaches()[i])
			seen, more = seen+a, more+b
		}
	}
	return seen, more
}

// verifying is the time of a step that only decodes. Growth is counted in whole picoseconds from when the
// jobs that decode, or what they see, last changed.
func (p *oracleReplica) verifying(loads []arch.Load) units.Picoseconds {
	step := p.pool.c.Step
	d := cost.Decode{Ranks: make([]cost.RankDecode, len(loads))}
	counts := make([]int, len(loads))
	for i := range loads {
		counts[i] = loads[i].Decodes
	}
	step.Decode(counts, &d)
	longest := d.Least
	for i, r := range p.ranks {
		own := d.Ranks[i].Fixed
		for reach := range step.Reaches() {
			if counts[i] == 0 {
				continue
			}
			per := int(d.Ranks[i].PerKey[reach])
			own += units.Picoseconds(per*(r.base[reach]/parts) + r.since*(per*r.slopes[reach]/parts))
		}
		longest = max(longest, own)
	}
	return d.Fixed + longest
}

// settle takes the sums anew where they have changed.
func (r *oracleRank) settle() {
	if !r.changed {
		return
	}
	for i := range r.pool.c.Step.Reaches() {
		r.base[i], r.slopes[i] = r.sums(i)
	}
	r.since, r.changed = 0, false
}

// ahead is for how many tokens a job that decodes has blocks in its next step.
func (r *oracleRank) ahead(j *job) int {
	if !r.verifies() {
		return j.computed + 1
	}
	return j.computed + r.queries() + r.pool.c.Verify.Lookahead
}

// queries is how many tokens of a job that decodes a step computes.
func (r *oracleRank) queries() int {
	if !r.verifies() {
		return 1
	}
	return 1 + r.pool.c.Verify.Law.Drafts()
}

// disabling draws at how many sequences steps draft nothing, if at any.
func disabling(t *rapid.T, p *Pool, v *drafts.Verification) {
	if p.DP > 1 || !rapid.SampledFrom([]bool{false, false, true}).Draw(t, "disables") {
		return
	}
	v.Drawn, v.DisableAt = true, rapid.IntRange(1, 6).Draw(t, "at")
	step := *p.Step.(*fixture.Affine)
	step.Shared += units.Picoseconds(rapid.IntRange(0, 500).Draw(t, "otherwise shared"))
	step.PerSeq /= 2
	p.Plain = &step
}

// verification draws how a pool's steps verify drafts, if they do.
func verification(t *rapid.T, p *Pool) *drafts.Verification {
	if !p.CanVerify() || !rapid.SampledFrom([]bool{false, false, true}).Draw(t, "drafts") {
		return nil
	}
	var probabilities []float64
	for range rapid.IntRange(1, 4).Draw(t, "a step") {
		probabilities = append(probabilities, rapid.SampledFrom([]float64{0, 0.3, 0.5, 0.8, 0.95, 1}).Draw(t, "accepted"))
	}
	law, err := drafts.New(probabilities, rapid.Uint64Range(0, 3).Draw(t, "draws"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := drafts.New(slices.Repeat([]float64{0.5}, len(probabilities)), 1)
	if err != nil {
		t.Fatal(err)
	}
	v := &drafts.Verification{Law: law, Drawn: rapid.Bool().Draw(t, "drawn"),
		Lookahead: rapid.SampledFrom([]int{0, len(probabilities)}).Draw(t, "lookahead")}
	disabling(t, p, v)
	if rapid.Bool().Draw(t, "by class") {
		v.Of = func(request uint64) *drafts.Acceptance {
			if request%3 == 1 {
				return other
			}
			return nil
		}
	}
	for _, r := range p.Step.Reaches() {
		v.Drawn = v.Drawn || r.Kind == arch.Chunk
	}
	if p.Policy == "trtllm" { // whose sequences do not sit out steps
		p.Limits.MaxNumBatchedTokens = max(p.Limits.MaxNumBatchedTokens, p.Limits.MaxNumSeqs*v.Queries())
	}
	p.Limits.MaxNumBatchedTokens = max(p.Limits.MaxNumBatchedTokens, v.Queries())
	wholePages(p)
	return v
}

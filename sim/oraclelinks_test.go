package sim

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
)

// divide gives every transfer its rate: again and again the link that would have least for each of its
// transfers without a rate gives them that.
func (o *oracle) divide() {
	for _, f := range o.flows {
		f.rate = 0
	}
	if o.c.Exchange.Apart || len(o.flows) == 1 {
		for _, f := range o.flows {
			f.rate = o.lone(f)
		}
		return
	}
	var links []*oracleRank // those of the prefill side first
	for _, desk := range o.desks {
		for _, p := range desk.replicas {
			links = append(links, p.ranks...)
		}
	}
	for {
		var narrow *oracleRank
		least := int64(0)
		for _, link := range links {
			room, n := max(1, int64(link.pool.c.Link/1e6)), int64(0)
			for _, f := range o.flows {
				if f.from == link || f.home == link {
					room -= f.rate
					if f.rate == 0 {
						n++
					}
				}
			}
			if share := max(0, room) / max(1, n); n > 0 && link.pool.c.Link > 0 && (narrow == nil || share < least) {
				narrow, least = link, share
			}
		}
		if narrow == nil {
			return
		}
		for _, f := range o.flows {
			if f.rate == 0 && (f.from == narrow || f.home == narrow) {
				f.rate = max(1, least)
			}
		}
	}
}

// flow lets bytes go until now.
func (o *oracle) flow() {
	for _, f := range o.flows {
		f.left = max(0, f.left-f.rate*int64(o.now-o.at))
	}
	o.at = o.now
}

// lone is a transfer's rate alone; 0 without a bound.
func (o *oracle) lone(f *ferry) int64 {
	rate := int64(0)
	for _, p := range []*oracleReplica{f.source, f.mate} {
		if link := int64(p.pool.c.Link / 1e6); p.pool.c.Link > 0 && (rate == 0 || max(1, link) < rate) {
			rate = max(1, link)
		}
	}
	return rate
}

// board lets those join the running ones whose cache has come, as long as there are places.
func (r *oracleRank) board() {
	for len(r.here) > 0 && len(r.running) < r.policy.Seats() {
		f := r.here[0]
		r.here = r.here[1:]
		j, c := f.job, &r.pool.c
		j.running, j.decoding, j.computed = true, true, j.Input
		j.Cached, j.Preemptions = f.prompt.Cached, f.prompt.Preemptions
		j.generated, j.first, j.last = 1, f.done, f.done
		if c.Exchange.Again {
			j.generated, j.first, j.last, j.computed = 0, 0, -1, j.Input-1
		}
		r.cache.joins(j)
		r.running = append(r.running, j)
		if !slices.Contains(r.jobs, j) {
			r.jobs = append(r.jobs, j)
		}
		if j.bare = c.Exchange.Again; r.verifies() {
			r.starts(j)
		}
		r.pool.journal.Wait(r.pool.now, -1)
		f.joins = r.pool.now
		r.fresh = append(r.fresh, f)
	}
}

// joinedOnes takes note of those which have decoded for the first time.
func (r *oracleRank) joinedOnes() {
	r.fresh = slices.DeleteFunc(r.fresh, func(f *ferry) bool {
		if f.job.last != r.pool.now {
			return false
		}
		f.first = r.pool.now
		r.pool.firsts = append(r.pool.firsts, f)
		return true
	})
}

// unjoin forgets that a job has joined, which is driven out before it has decoded.
func (r *oracleRank) unjoin(j *job) {
	r.fresh = slices.DeleteFunc(r.fresh, func(f *ferry) bool {
		if f.job == j {
			delete(r.pool.ferries, f)
		}
		return f.job == j
	})
}

// arriveLate makes known whose cache has come before the last step began, or by now.
func (r *oracleRank) arriveLate(all bool, start units.Picoseconds) {
	for len(r.coming) > 0 && (all || r.coming[0].came <= start) {
		r.here, r.coming = append(r.here, r.coming[0]), r.coming[1:]
	}
}

// park sets blocks aside: for computed prompts first, before which others give theirs up, and for none where
// somebody waits for the policy.
func (r *oracleRank) park() {
	if len(r.waiting) > 0 {
		r.recall()
		return
	}
	for _, f := range slices.Clone(r.awaiting) {
		if !f.computed || r.berth(f) {
			continue
		}
		if r.recall(); !r.berth(f) {
			return
		}
	}
	for len(r.awaiting) > 0 && r.berth(r.awaiting[0]) {
	}
}

// recall takes the blocks back of those whose prompts are not computed and do not move.
func (r *oracleRank) recall() {
	for _, f := range slices.Clone(r.aside) {
		if f.computed || f.moves {
			continue
		}
		r.cache.giveUp(f.job)
		f.parked = false
		r.aside = slices.DeleteFunc(r.aside, func(x *ferry) bool { return x == f })
		r.awaiting = append(r.awaiting, f)
	}
	slices.SortFunc(r.awaiting, func(a, b *ferry) int {
		return slices.Index(r.order, a) - slices.Index(r.order, b)
	})
}

// berth takes a job's blocks, if they fit.
func (r *oracleRank) berth(f *ferry) bool {
	j := f.job
	need, found := r.Footprint(j.Input), []*block(nil)
	if r.cache != nil {
		found = r.cache.find(j)
		for _, x := range found {
			if x.refs > 0 {
				need--
			}
		}
	}
	longest := r.Footprint(r.policy.Demand(j.Input, j.Output, j.maxOutput))
	if need > r.Free() || r.pool.c.Policy == "trtllm" && longest > r.Blocks()-r.Reserved()+r.Doubled() {
		return false
	}
	r.cache.setAside(j, found)
	f.there, f.parked, f.since = len(found)*r.pool.c.Layout.BlockTokens, true, r.pool.now
	r.awaiting = slices.DeleteFunc(r.awaiting, func(x *ferry) bool { return x == f })
	r.aside = append(r.aside, f)
	return true
}

// setAside holds what is found of a job's prompt, and takes the rest.
func (b *blockCache) setAside(j *job, found []*block) {
	if b == nil {
		return
	}
	for _, x := range found {
		b.hold(x)
	}
	b.claim(j, 0)
	j.blocks = found
	size, layout := b.c.Layout.BlockTokens, b.c.Layout
	blocks := (j.Input + size - 1) / size
	for len(j.blocks) < blocks {
		j.blocks = append(j.blocks, b.take())
	}
	for g := range b.groups() {
		for len(j.plain[g]) < min(blocks, layout.WindowBlocks(layout.Windows[g])) {
			j.plain[g] = append(j.plain[g], b.take())
		}
	}
	if slides(b.c) {
		layout.Windows = nil
	}
	for len(j.blocks)+len(j.others) < layout.Blocks(j.Input) {
		j.others = append(j.others, b.take())
	}
}

// giveUp frees what was set aside.
func (b *blockCache) giveUp(j *job) {
	if b == nil {
		return
	}
	for _, list := range append(j.plain, j.others) {
		for _, x := range list {
			b.drop(x)
		}
	}
	slices.Reverse(j.blocks)
	for _, x := range j.blocks {
		if !x.key.known {
			b.drop(x)
		}
	}
	for _, x := range j.blocks {
		if x.key.known {
			b.letGo(x)
		}
	}
	j.blocks, j.others, j.plain, j.pieces = nil, nil, nil, nil
}

// joins makes known what has come, and gives back the block of a token that is computed anew.
func (b *blockCache) joins(j *job) {
	if b == nil {
		return
	}
	size, layout := b.c.Layout.BlockTokens, b.c.Layout
	blocks := (j.computed + size - 1) / size
	last := func(list *[]*block) {
		n := len(*list) - 1
		b.drop((*list)[n])
		*list = (*list)[:n]
	}
	for len(j.blocks) > blocks {
		last(&j.blocks)
	}
	for g := range b.groups() {
		for len(j.plain[g]) > min(blocks, layout.WindowBlocks(layout.Windows[g])) {
			last(&j.plain[g])
		}
	}
	if slides(b.c) {
		layout.Windows = nil
	}
	for len(j.others) > layout.Blocks(j.computed)-len(j.blocks) {
		last(&j.others)
	}
	if j.filed = j.computed; b.c.Policy == "sglang" || b.c.Policy == "trtllm" {
		b.file(j)
		return
	}
	for i := range j.computed / size {
		if !j.blocks[i].key.known {
			b.label(j, i)
		}
		b.name(j, i)
	}
}

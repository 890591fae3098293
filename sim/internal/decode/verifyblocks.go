package decode

// Which blocks the steps take of sequences that get even shares in each.

// schedule enters the blocks that a sequence's steps from now on take, or takes them out with sign −1.
func (d *Decoders) schedule(x *verified, sign int64) {
	v, l := d.verify, &d.verify.shape.Layout
	now, last := d.tick-x.joined, int64(x.steps)
	if !x.late {
		last--
	}
	if now > last {
		return // as of one that has its output
	}
	if now == 0 && last >= 0 {
		d.due(0, sign*int64(v.need(x.known)-x.held))
	}
	if x.slope == 0 {
		return
	}
	// The first token of each block, beyond those for which the first step holds blocks.
	ahead := x.known - 1 + v.Ahead()
	token := 1
	if filled := ahead % l.BlockTokens; filled > 0 {
		token = l.BlockTokens - filled + 1
	}
	p := progress{step: x.after(token)}
	p.over = p.step*x.slope - int64(token)<<partBits
	p.whole, p.rest = int64(l.BlockTokens)<<partBits/x.slope, int64(l.BlockTokens)<<partBits%x.slope
	for ; p.step < now; token += l.BlockTokens {
		p.next(x.slope)
	}
	at, sum := d.blocks.residue(int(p.step-now)), int64(0)
	weight := sign * int64(l.Full)
	for p.step <= last {
		if l.Windows != nil {
			weight = sign * int64(l.Blocks(ahead+token)-l.Blocks(ahead+token-1))
			token += l.BlockTokens
		}
		d.blocks.add(at, weight)
		sum += weight
		if at += int(p.next(x.slope)); at >= len(d.blocks.weights) {
			at = d.blocks.residue(at - d.blocks.at)
		}
	}
	d.perCycle += sum
}

// progress goes from block to block.
type progress struct {
	step        int64 // that gives the first token of a block
	over        int64 // parts of a token that the step gives beyond it
	whole, rest int64 // steps from block to block, and parts of a token that these lack
}

// next is the number of steps to the next block.
func (p *progress) next(slope int64) (steps int64) {
	steps = p.whole
	if p.over -= p.rest; p.over < 0 {
		steps++
		p.over += slope
	}
	p.step += steps
	return steps
}

// due enters blocks that the step so many ticks ahead takes.
func (d *Decoders) due(ahead, blocks int64) {
	if blocks != 0 {
		d.blocks.add(d.blocks.residue(int(ahead)), blocks)
		d.perCycle += blocks
	}
}

// widen makes the cycle of blocks one in which none comes round before it is over.
func (d *Decoders) widen(ticks int64) {
	size := len(d.blocks.weights)
	if int64(size) > ticks {
		return
	}
	for int64(size) <= ticks {
		size *= 2
	}
	wider := newCycle(size)
	for i := range d.blocks.weights {
		if w := d.blocks.weights[d.blocks.residue(i)]; w != 0 {
			wider.add(i, w)
		}
	}
	d.blocks = wider
}

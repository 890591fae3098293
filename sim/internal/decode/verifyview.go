package decode

import (
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/sched"
)

// What may be asked of sequences whose steps verify drafts.

// Disable tells whether the next step drafts nothing. It reports false where none ever does.
func (d *Decoders) Disable(running int) bool {
	v := d.verify
	v.disabled = v.Disabled(running)
	return v.disabled
}

// Keep tells of a sequence that is to join again that it still holds what it held when it left.
func (d *Decoders) Keep(s sched.Seq) { d.verify.entries[s].keeps = true }

// Hold lets a sequence that has left hold so many further blocks.
func (d *Decoders) Hold(s sched.Seq, blocks int) { d.verify.entries[s].kept += blocks }

// Draw is what a step gives a sequence that has left and of which only so many drafts are verified.
func (d *Decoders) Draw(s sched.Seq, drafts int) (tokens int) {
	x := &d.verify.entries[s]
	if x.bare || d.verify.disabled || drafts == 0 {
		x.bare = false
		return 1
	}
	accepted := min(x.law.Accepted(x.request, x.done), drafts)
	d.verify.tally[accepted]++
	x.done++
	return 1 + accepted
}

// KeptBlocks is how many blocks a sequence held when it left.
func (d *Decoders) KeptBlocks(s sched.Seq) int { return d.verify.entries[s].kept }

// NextBlocks is how many blocks a sequence's next step takes.
func (d *Decoders) NextBlocks(e *Entry) int {
	return d.verify.need(d.Known(e)) - d.HeldBlocks(e, false)
}

// HeldBlocks is how many blocks a decoding sequence holds, between steps or once the next is planned; none
// are its own if it never joined.
func (d *Decoders) HeldBlocks(e *Entry, planned bool) int {
	v := d.verify
	if v == nil {
		return d.shape.Layout.Blocks(d.Known(e) - 1)
	}
	x := &v.entries[e.residue]
	if !x.decodes {
		return 0
	}
	if v.Drawn {
		if planned {
			return v.need(x.known)
		}
		return x.held
	}
	steps := d.tick - x.joined
	if planned {
		steps++
	}
	if steps == 0 {
		return x.held
	}
	return v.need(x.known + x.tokens(steps-1))
}

// knownTokens is Known where steps verify drafts.
func (v *verifier) knownTokens(e *Entry, tick int64) int {
	x := &v.entries[e.residue]
	if v.Drawn {
		return x.known
	}
	return x.known + x.tokens(tick-x.joined)
}

// Weight is a sequence's part of Total, in whatever parts of a token are counted.
func (d *Decoders) Weight(e *Entry) int64 {
	if v := d.verify; v != nil {
		parts, _ := v.keys(&v.entries[e.residue], d.tick, &v.shape.Reaches[0])
		return parts
	}
	return int64(d.Known(e))
}

// Total is the sum of the contexts, as Weight counts them.
func (d *Decoders) Total() int64 {
	if d.verify != nil {
		return d.verify.seen(d.tick, 0)
	}
	return d.Context
}

// Count lets a tally count the steps of all sequences by how many drafts they accept.
func (d *Decoders) Count(t *drafts.Counts) { d.verify.tally = t }

// Latest is how many tokens the last step gave a sequence that decodes.
func (d *Decoders) Latest(e *Entry) int {
	v := d.verify
	if v == nil {
		return cadence
	}
	x := &v.entries[e.residue]
	if v.Drawn {
		return x.gained
	}
	steps := d.tick - x.joined
	if steps == 0 {
		return 1 // by the prompt's last chunk
	}
	return x.tokens(steps) - x.tokens(steps-1)
}

package decode

import "github.com/roofserve/roofserve/sim/sched"

// Sequences that get in each step what their draws say.

// enter makes a sequence a member.
func (v *verifier) enter(d *Decoders, s sched.Seq, x *verified) {
	x.gained = 1 // by the prompt's last chunk
	x.place = len(v.members)
	v.members = append(v.members, s)
	v.see(x.known, 1)
	d.blocks.add(0, int64(v.need(x.known)-x.held))
}

// exit takes a sequence out of the members.
func (v *verifier) exit(d *Decoders, s sched.Seq, x *verified) {
	last := v.members[len(v.members)-1]
	v.members[x.place] = last
	v.entries[last].place = x.place
	v.members = v.members[:len(v.members)-1]
	v.see(x.known, -1)
	d.blocks.add(0, -int64(v.need(x.known)-x.held))
}

// see adds the keys that a sequence of known tokens sees to the sums, or takes them out with sign −1.
func (v *verifier) see(known int, sign int64) {
	for i := range v.shape.Reaches {
		v.base[i] += sign * int64(v.shape.Reaches[i].Keys(known)) << partBits
	}
}

// draw gives every sequence what it is given at the present tick, by the step that is over now.
func (v *verifier) draw(d *Decoders) {
	due := int64(0)
	for _, s := range v.members {
		x := &v.entries[s]
		x.held = v.need(x.known)
		if x.over {
			continue
		}
		n := 1
		if !x.bare && !v.disabled {
			accepted := x.law.Accepted(x.request, x.done)
			v.tally[accepted]++
			x.done++
			n = min(1+accepted, x.left)
		}
		x.bare = false
		x.gained = n
		v.see(x.known, -1)
		x.known += n
		x.left -= n
		v.see(x.known, 1)
		v.given += int64(n)
		due += int64(v.need(x.known) - x.held)
		if x.left == 0 {
			d.finishes.add(d.tick, d.tick, s)
		}
	}
	d.blocks.add(0, due-d.blocks.weights[0])
}

package sched

import "slices"

// desk is a rank on paper: one block a token, and what each sequence holds written down.
type desk struct {
	blocks  int
	running []*seat
	waiting []Request
	place   int // of the waiting request looked at last
	decodes bool
	given   map[Seq]int // tokens of prompts in the step
	lost    []Seq
	asked   int
}

// seat is a running sequence.
type seat struct {
	id                          Seq
	known, computed             int
	input, generated, maxOutput int
}

func newDesk(blocks int) *desk { return &desk{blocks: blocks, given: map[Seq]int{}} }

// decode seats a sequence that decodes.
func (d *desk) decode(id Seq, input, generated, maxOutput int) {
	known := input + generated
	d.running = append(d.running, &seat{id, known, known - 1, input, generated, maxOutput})
}

// prompt seats a sequence whose prompt is computed in part.
func (d *desk) prompt(id Seq, input, computed int) {
	d.running = append(d.running, &seat{id, input, computed, input, 0, 10})
}

func (s *seat) decoding() bool { return s.generated > 0 }

func (d *desk) seat(id Seq) *seat {
	return d.running[slices.IndexFunc(d.running, func(s *seat) bool { return s.id == id })]
}

func (d *desk) Running() int { return len(d.running) }

func (d *desk) Decoding() int {
	return len(d.AppendDecoding(nil))
}

func (d *desk) Partial() (list []Seq) {
	for _, s := range d.running {
		if !s.decoding() && d.given[s.id] == 0 {
			list = append(list, s.id)
		}
	}
	return list
}

func (d *desk) Computed(id Seq) int { return d.seat(id).computed }

func (d *desk) Remaining(id Seq) int { return d.seat(id).known - d.seat(id).computed }

func (d *desk) Last() Seq { return d.running[len(d.running)-1].id }

func (d *desk) AppendDecoding(list []Decoding) []Decoding {
	for _, s := range d.running {
		if s.decoding() {
			list = append(list, Decoding{s.id, s.input, s.generated, s.maxOutput})
		}
	}
	return list
}

func (d *desk) AppendRunning(list []Running) []Running {
	for i, s := range d.running {
		standing := Computes
		if s.decoding() {
			standing = Decodes
		}
		list = append(list, Running{Seq: s.id, Standing: standing, Arrival: i})
	}
	return list
}

func (d *desk) TokenBlocks(Seq) int { return 1 }

func (d *desk) SitOut(Seq) { panic("nobody sits out on paper") }

func (d *desk) RowBlocks(Seq, int) (int, bool) { panic("nobody drafts on paper") }

func (d *desk) ComputeRows(Seq, int) { panic("nobody drafts on paper") }

func (d *desk) Blocks() int { return d.blocks }

func (d *desk) Free() int {
	free := d.blocks
	for _, s := range d.running {
		free -= s.computed
	}
	return free
}

func (d *desk) DecodeBlocks() int { return d.Decoding() }

func (d *desk) ExtendBlocks(_ Seq, n int) int { return n }

func (d *desk) Footprint(tokens int) int { return tokens }

func (d *desk) BlockTokens() int { return 1 }

func (d *desk) Extent(tokens int) int { return tokens }

func (d *desk) Growth(tokens int) int { return tokens }

func (d *desk) Declared(id Seq) int { return d.seat(id).maxOutput }

func (d *desk) CachedFree() int { return d.waiting[d.place].Cached }

func (d *desk) Late() bool { return false }

func (d *desk) Reserved() (n int) {
	for _, s := range d.running {
		n += s.input + s.maxOutput
	}
	return n
}

func (d *desk) Arrival(id Seq) int { return int(id) }

func (d *desk) Came(place int) int { return 1<<20 + place }

func (d *desk) Waiting() int { return len(d.waiting) }

func (d *desk) Head() Request { return d.Look(0) }

func (d *desk) Look(place int) Request {
	d.place = place
	return d.waiting[place]
}

func (d *desk) Deep() bool { return true }

func (d *desk) Common(int, int) int { return 0 }

func (d *desk) Arrange(places []int) {
	list := slices.Clone(d.waiting)
	for i, place := range places {
		d.waiting[i] = list[place]
	}
}

func (d *desk) Doubled() int { return 0 }

func (d *desk) NewBlock(Seq) (uint64, bool) { return 0, false }

func (d *desk) HeadDemand() int { return d.waiting[d.place].Known + d.waiting[d.place].MaxOutput }

func (d *desk) AdmitBlocks(tokens, _ int) int { return tokens }

func (d *desk) Decode() {
	d.decodes = true
	for _, s := range d.running {
		if s.decoding() {
			s.computed++
		}
	}
}

func (d *desk) Extend(id Seq, n int) {
	d.given[id] = n
	d.seat(id).computed += n
}

func (d *desk) Admit(n int) {
	q := d.waiting[d.place]
	d.waiting = slices.Delete(d.waiting, d.place, d.place+1)
	id := Seq(100 + d.asked)
	d.asked++
	d.running = append(d.running, &seat{id, q.Known, q.Cached + n, q.Known, 0, q.MaxOutput})
	d.given[id] = n
}

func (d *desk) Swap(Seq) { panic("nobody is swapped on paper") }

func (d *desk) Swapped() int { return 0 }

func (d *desk) SwapBlocks() int { return 0 }

func (d *desk) SwapIn() {}

func (d *desk) Vacate(int) {}

func (d *desk) Preempt(id Seq, _ End) {
	d.lost = append(d.lost, id)
	d.running = slices.DeleteFunc(d.running, func(s *seat) bool { return s.id == id })
}

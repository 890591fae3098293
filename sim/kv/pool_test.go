package kv

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// book is what the tests' blocks hold: strands that a tree of them has.
type book struct {
	*Strands
	strands map[uint64]Strand
}

func newBook() book { return book{NewStrands(), map[uint64]Strand{}} }

// strand is one that begins with an id.
func (c book) strand(id uint64) Strand {
	if _, known := c.strands[id]; !known {
		c.strands[id] = c.Follow(nil, []uint64{id})[0].Strand
	}
	return c.strands[id]
}

// hold makes a sequence hold new blocks of a strand.
func hold(p *BlockPool, l Strand, from, to int) Stretch {
	p.Take((to - from) * p.cache.weight)
	return p.Name(l, from, to, 0)
}

// has tells how many of a strand's first blocks are cached.
func has(t *testing.T, p *BlockPool, l Strand, want int) {
	t.Helper()
	n := 0
	for _, s := range p.Look(nil, l, 0, 1000) {
		n += s.Blocks()
	}
	if n != want {
		t.Errorf("%d blocks are cached, want %d", n, want)
	}
	if err := p.Audit(); err != nil {
		t.Error(err)
	}
}

func TestPlainPoolCounts(t *testing.T) {
	p := NewBlockPool(10)
	p.Take(7)
	p.Give(3)
	if p.Size() != 10 || p.Held() != 4 || p.Free() != 6 || p.Audit() != nil {
		t.Errorf("of %d blocks %d are held and %d free", p.Size(), p.Held(), p.Free())
	}
	p.Give(5)
	if p.Audit() == nil {
		t.Error("more blocks are given back than were held")
	}
}

// caching is a caching pool, and the contents that it may have.
func caching(size int, weights ...int) (*BlockPool, book) {
	c := newBook()
	p := NewCachingBlockPool(size, c.Strands, weights...)
	return &p, c
}

func TestDeepestBlocksAreForgottenFirst(t *testing.T) {
	p, c := caching(6, 1)
	l := c.strand(1)
	p.Release(hold(p, l, 0, 3)) // three blocks without content go first
	p.Take(3)
	has(t, p, l, 3)
	p.Take(1)
	has(t, p, l, 2)
	p.Take(2)
	has(t, p, l, 0)
}

func TestClaimedBlocksStay(t *testing.T) {
	p, c := caching(4, 1)
	l := c.strand(1)
	p.Release(hold(p, l, 0, 4))
	first := p.Find(l, 0, 0)
	first.To = 1
	a := p.Claim(first)
	b := p.Claim(p.Find(l, 0, 0))
	if !p.Shared(a) || p.Held() != 1 || p.Doubled() != 1 {
		t.Errorf("a block claimed twice counts as %d", p.Held())
	}
	p.Take(3)
	has(t, p, l, 1)
	p.Release(a)
	if p.Held() != 4 {
		t.Error("a block was freed while a sequence held it")
	}
	p.Release(b)
	if p.Free() != 1 {
		t.Error("a block was not freed with its last holder")
	}
	has(t, p, l, 1)
}

// TestTwins: two sequences that compute the same content at the same time both keep it.
func TestTwins(t *testing.T) {
	p, c := caching(3, 1)
	l := c.strand(9)
	x, y, z := hold(p, l, 0, 1), hold(p, l, 0, 1), hold(p, l, 0, 1)
	if p.Find(l, 0, 0) != x {
		t.Error("the oldest block is not the one found")
	}
	p.Release(y)
	p.Take(1) // the second one's
	if p.Find(l, 0, 0) != x {
		t.Error("the oldest block is forgotten with the second")
	}
	p.Release(x)
	p.Release(z)
	p.Take(1)
	if p.Find(l, 0, 0) != z {
		t.Error("the youngest block is not found after the others are gone")
	}
	p.Take(1)
	has(t, p, l, 0)
}

func TestSpoiltBlocksAreTakenFirst(t *testing.T) {
	p, c := caching(4, 1)
	p.Release(hold(p, c.strand(1), 0, 1))
	p.Release(hold(p, c.strand(2), 0, 1))
	p.Take(2) // the blank ones
	before := p.Changes()
	p.Spoil(1)
	p.Spoil(1)
	p.Take(2)
	has(t, p, c.strand(1), 1)
	has(t, p, c.strand(2), 1)
	if p.Changes() != before {
		t.Error("taking blocks without content changes what is found")
	}
	p.Give(2)
	p.Take(2)
	has(t, p, c.strand(1), 0)
	has(t, p, c.strand(2), 0)
}

// TestWideBlocks: where a block of context takes several pool blocks, losing one loses the content.
func TestWideBlocks(t *testing.T) {
	p, c := caching(4, 2)
	p.Release(hold(p, c.strand(1), 0, 2))
	p.Take(1)
	has(t, p, c.strand(1), 1)
	if p.Free() != 3 {
		t.Errorf("%d blocks are free, want 3", p.Free())
	}
}

// A run that its owner may come back for shrinks from its deep end, is nobody else's, and is gone when it
// was returned.
func TestKeptBlocksComeBack(t *testing.T) {
	p, _ := caching(10, 2)
	p.Take(6)
	run := p.Keep(7, 3)
	if p.Kept(run, 7) != 3 || p.Kept(run, 8) != 0 || p.Free() != 10 || p.Audit() != nil {
		t.Errorf("of three blocks %d are kept, %d for another, %d pool blocks free", p.Kept(run, 7), p.Kept(run, 8), p.Free())
	}
	p.Take(4) // those that were free before
	before := p.Changes()
	p.Take(1)
	if p.Kept(run, 7) != 2 || p.Changes() == before {
		t.Errorf("with a half of the third block taken %d are kept", p.Kept(run, 7))
	}
	p.Return(run, 7)
	if p.Kept(run, 7) != 0 || p.Held() != 9 || p.Audit() != nil {
		t.Errorf("%d are kept after their return, %d pool blocks held; %v", p.Kept(run, 7), p.Held(), p.Audit())
	}
	p.Give(9)
	run = p.Keep(9, 0)
	if p.Kept(run, 9) != 0 {
		t.Error("nothing was kept, and something is")
	}
	p.Take(10)
	if p.Free() != 0 || p.Audit() != nil {
		t.Errorf("%d pool blocks are free when all are taken", p.Free())
	}
}

// ledger is a follower that believes what it is told.
type ledger map[Strand][]bool

func (l ledger) Changed(strand Strand, from, to int, has bool) {
	for i := from; i < to; i++ {
		for i >= len(l[strand]) {
			l[strand] = append(l[strand], false)
		}
		if l[strand][i] == has {
			panic("told twice")
		}
		l[strand][i] = has
	}
}

// TestRunsAreBlocksOneByOne: a pool that speaks of runs has what one has whose blocks are named, claimed,
// freed and taken one by one, in the same order, and its follower knows it.
func TestRunsAreBlocksOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size, strands, depth = 24, 3, 8
		c := newBook()
		p, plain := NewCachingBlockPool(size, c.Strands, 1), newPlain(size)
		told := ledger{}
		p.Inform(told, rapid.Bool().Draw(t, "punctually"))
		type sequence struct {
			id    uint64
			runs  []Stretch
			plain []*plainBlock
		}
		var running []sequence
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			if len(running) > 0 && rapid.Bool().Draw(t, "one ends") {
				i := rapid.IntRange(0, len(running)-1).Draw(t, "which")
				for j := len(running[i].runs) - 1; j >= 0; j-- {
					p.Release(running[i].runs[j])
				}
				for j := len(running[i].plain) - 1; j >= 0; j-- {
					plain.release(running[i].plain[j])
				}
				running = slices.Delete(running, i, i+1)
			} else {
				s := sequence{id: rapid.Uint64Range(1, strands).Draw(t, "strand")}
				l := c.strand(s.id)
				to := rapid.IntRange(1, depth).Draw(t, "blocks")
				found := p.Look(nil, l, 0, to)
				for _, x := range found {
					s.runs = append(s.runs, p.Claim(x))
				}
				at := 0
				for ; at < to && plain.find(s.id, at) != nil; at++ {
					s.plain = append(s.plain, plain.claim(plain.find(s.id, at)))
				}
				if n := len(found); at > 0 && (n == 0 || int(found[n-1].To) != at) || at == 0 && n > 0 {
					t.Fatalf("%v are found of %d blocks", found, at)
				}
				if to = min(to, at+p.Free()); to > at {
					s.runs = append(s.runs, hold(&p, l, at, to))
				}
				for ; at < to; at++ {
					s.plain = append(s.plain, plain.name(s.id, at))
				}
				running = append(running, s)
			}
			if n := min(p.Free(), rapid.IntRange(0, 3).Draw(t, "passing")); n > 0 {
				p.Take(n)
				p.Spoil(n)
				plain.pass(n)
			}
			if err := p.Audit(); err != nil || p.Free() != len(plain.free) {
				t.Fatalf("%d blocks are free, want %d: %v", p.Free(), len(plain.free), err)
			}
			for id := range uint64(rapid.SampledFrom([]int{0, strands}).Draw(t, "strands looked at")) {
				l := c.strand(id + 1)
				for at := range depth {
					s := p.Find(l, at, 0)
					known := at < len(told[l]) && told[l][at]
					if have := plain.find(id+1, at) != nil; s.Any() != have || known != have {
						t.Fatalf("strand %d, block %d: %v, told %v, want %v", id+1, at, s.Any(), known, have)
					}
				}
			}
		}
	})
}

// plainPool has blocks one by one.
type plainPool struct {
	free  []*plainBlock // the next to be taken first
	named []*plainBlock // the oldest first
}

type plainBlock struct {
	id       uint64
	at, refs int
}

func newPlain(size int) *plainPool {
	p := &plainPool{}
	for range size {
		p.free = append(p.free, &plainBlock{})
	}
	return p
}

func (p *plainPool) find(id uint64, at int) *plainBlock {
	i := slices.IndexFunc(p.named, func(b *plainBlock) bool { return b.id == id && b.at == at })
	if i < 0 {
		return nil
	}
	return p.named[i]
}

func (p *plainPool) claim(b *plainBlock) *plainBlock {
	if b.refs++; b.refs == 1 {
		p.free = slices.DeleteFunc(p.free, func(x *plainBlock) bool { return x == b })
	}
	return b
}

func (p *plainPool) take() *plainBlock {
	b := p.free[0]
	p.free = p.free[1:]
	p.named = slices.DeleteFunc(p.named, func(x *plainBlock) bool { return x == b })
	return b
}

func (p *plainPool) name(id uint64, at int) *plainBlock {
	b := p.take()
	b.id, b.at, b.refs = id, at, 1
	p.named = append(p.named, b)
	return b
}

func (p *plainPool) release(b *plainBlock) {
	if b.refs--; b.refs == 0 {
		p.free = append(p.free, b)
	}
}

// pass lets a sequence have blocks and give them back without a content.
func (p *plainPool) pass(n int) {
	for range n {
		p.take()
	}
	for range n {
		p.free = append([]*plainBlock{{}}, p.free...)
	}
}

func BenchmarkPreemption(b *testing.B) {
	p, _ := caching(4000, 1)
	b.ReportAllocs()
	for i := range b.N {
		p.Take(40)
		run := p.Keep(uint64(i), 40)
		p.Return(run, uint64(i))
		p.Give(40)
	}
}

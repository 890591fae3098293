package kv

import "testing"

// chain holds new blocks with keys, as a prompt does.
func chain(p *BlockPool, keys ...uint64) (nodes []Node) {
	p.Take(len(keys))
	for _, k := range keys {
		nodes = append(nodes, p.Name(k, 0))
	}
	return nodes
}

func release(p *BlockPool, nodes []Node) {
	for i := len(nodes) - 1; i >= 0; i-- {
		p.Release(nodes[i])
	}
}

func expect(t *testing.T, p *BlockPool, known, unknown []uint64) {
	t.Helper()
	for _, k := range known {
		if p.Find(k) == Missing {
			t.Errorf("%d is not cached", k)
		}
	}
	for _, k := range unknown {
		if p.Find(k) != Missing {
			t.Errorf("%d is cached", k)
		}
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

// caching is a caching pool.
func caching(size, weight int) *BlockPool {
	p := NewCachingBlockPool(size, weight)
	return &p
}

func TestDeepestBlocksAreForgottenFirst(t *testing.T) {
	p := caching(6, 1)
	release(p, chain(p, 1, 2, 3)) // three blocks without content go first
	p.Take(3)
	expect(t, p, []uint64{1, 2, 3}, nil)
	p.Take(1)
	expect(t, p, []uint64{1, 2}, []uint64{3})
	p.Take(2)
	expect(t, p, nil, []uint64{1, 2, 3})
}

func TestClaimedBlocksStay(t *testing.T) {
	p := caching(4, 1)
	release(p, chain(p, 1, 2, 3, 4))
	first := p.Find(1)
	p.Claim(first)
	p.Claim(first)
	if !p.Shared(first) || p.Held() != 1 {
		t.Errorf("a block claimed twice counts as %d", p.Held())
	}
	p.Take(3)
	expect(t, p, []uint64{1}, []uint64{2, 3, 4})
	p.Release(first)
	if p.Held() != 4 {
		t.Error("a block was freed while a sequence held it")
	}
	p.Release(first)
	if p.Free() != 1 {
		t.Error("a block was not freed with its last holder")
	}
	expect(t, p, []uint64{1}, nil)
}

// TestTwins: two sequences that compute the same content at the same time both keep it.
func TestTwins(t *testing.T) {
	p := caching(3, 1)
	a, b, c := chain(p, 9), chain(p, 9), chain(p, 9)
	if p.Find(9) != a[0] {
		t.Error("the oldest block is not the one found")
	}
	release(p, b)
	p.Take(1) // the second one's
	if p.Find(9) != a[0] {
		t.Error("the oldest block is forgotten with the second")
	}
	release(p, a)
	release(p, c)
	p.Take(1)
	if p.Find(9) != c[0] {
		t.Error("the youngest block is not found after the others are gone")
	}
	p.Take(1)
	expect(t, p, nil, []uint64{9})
}

func TestSpoiltBlocksAreTakenFirst(t *testing.T) {
	p := caching(4, 1)
	release(p, chain(p, 1))
	release(p, chain(p, 2))
	p.Take(2) // the blank ones
	before := p.Changes()
	p.Spoil(1)
	p.Spoil(1)
	p.Take(2)
	expect(t, p, []uint64{1, 2}, nil)
	if p.Changes() != before {
		t.Error("taking blocks without content changes what is found")
	}
	p.Give(2)
	p.Take(2)
	expect(t, p, nil, []uint64{1, 2})
}

// TestWideBlocks: where a block of context takes several pool blocks, losing one loses the content.
func TestWideBlocks(t *testing.T) {
	p := caching(4, 2)
	p.Take(4)
	a, b := p.Name(1, 0), p.Name(2, 0)
	p.Release(b)
	p.Release(a)
	p.Take(1)
	expect(t, p, []uint64{1}, []uint64{2})
	if p.Free() != 3 {
		t.Errorf("%d blocks are free, want 3", p.Free())
	}
}

// A run that its owner may come back for shrinks from its deep end, is nobody else's, and is gone when it was
// returned.
func TestKeptBlocksComeBack(t *testing.T) {
	p := caching(10, 2)
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

func BenchmarkPreemption(b *testing.B) {
	p := caching(4000, 1)
	b.ReportAllocs()
	for i := range b.N {
		p.Take(40)
		run := p.Keep(uint64(i), 40)
		p.Return(run, uint64(i))
		p.Give(40)
	}
}

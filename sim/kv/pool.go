package kv

import "fmt"

// BlockPool is the cache blocks of one data-parallel rank. Blocks that no sequence holds are free; with
// prefix caching, a free block keeps its content until it is taken.
type BlockPool struct {
	size, held int
	cache      cache // empty without prefix caching
}

// NewBlockPool is a pool of free blocks.
func NewBlockPool(size int) BlockPool { return BlockPool{size: size} }

// NewCachingBlockPool is a pool of free blocks that remembers contents, which lie on strands. A block of
// context takes weights[0] of them, and what is kept beside it, as of windowed layers, the others.
func NewCachingBlockPool(size int, strands *Strands, weights ...int) BlockPool {
	return BlockPool{size: size, cache: newCache(strands, weights)}
}

// Size is the number of blocks.
func (p *BlockPool) Size() int { return p.size }

// Held is the number of blocks that sequences hold.
func (p *BlockPool) Held() int { return p.held }

// Free is the number of blocks that no sequence holds.
func (p *BlockPool) Free() int { return p.size - p.held }

// Take gives n free blocks to sequences, those first whose content is oldest. The caller has made sure that
// there are as many. Their content is forgotten when somebody looks.
func (p *BlockPool) Take(n int) {
	p.held += n
	if p.Ordered() {
		if p.cache.taken += n; p.cache.punctual {
			p.Forget()
		}
	}
}

// Give frees n blocks whose content nobody will ask for, in the order of their age.
func (p *BlockPool) Give(n int) {
	p.held -= n
	if p.Ordered() {
		p.cache.append(n)
	}
}

// Forget forgets the contents of all blocks that have been taken.
func (p *BlockPool) Forget() {
	if n := p.cache.taken; n > 0 {
		p.cache.taken = 0
		p.cache.evict(n)
	}
}

// Ordered tells whether it matters which free block is taken: some have a content that may be asked for.
func (p *BlockPool) Ordered() bool { return p.cache.names > 0 }

// Audit verifies that every block is either held or free.
func (p *BlockPool) Audit() error {
	free := p.Free()
	if p.Ordered() {
		free = p.cache.queued() - p.cache.taken
	}
	if p.held < 0 || p.held > p.size || free != p.Free() {
		return fmt.Errorf("of %d blocks %d are held and %d free", p.size, p.held, free)
	}
	return nil
}

// Entries is the most that Audit has to look at: the blocks, and runs of blocks, that it tells apart.
func (p *BlockPool) Entries() int { return len(p.cache.nodes) }

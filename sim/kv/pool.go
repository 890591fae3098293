package kv

// Pool counts the cache blocks of one data-parallel rank.
type Pool struct {
	size, held int
}

// NewPool is a pool of that many free blocks.
func NewPool(size int) Pool { return Pool{size: size} }

// Size is the number of blocks.
func (p *Pool) Size() int { return p.size }

// Held is the number of blocks that sequences hold.
func (p *Pool) Held() int { return p.held }

// Free is the number of blocks that no sequence holds.
func (p *Pool) Free() int { return p.size - p.held }

// Take gives n free blocks to a sequence. The caller has made sure that there are as many.
func (p *Pool) Take(n int) { p.held += n }

// Give takes n blocks back.
func (p *Pool) Give(n int) { p.held -= n }

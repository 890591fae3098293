package sim

import "github.com/roofserve/roofserve/sim/kv"

// Prefix caching as vLLM does it: a prompt's full blocks are known by their content as soon as they are scheduled, blocks of generated
// tokens when their sequence is preempted, which may find them again. Layers that keep a window or a constant state are
// taken to be recovered with the blocks of the others.

// found is the cached beginning of the waiting head, remembered for as long as the cache does not change.
type found struct {
	index   int // of the request, less one
	changes int
	blocks  []kv.Node
}

// cached is the cached blocks that the waiting head begins with. At least one token is left to compute.
func (r *rank) cached() []kv.Node {
	if r.keys == nil {
		return nil
	}
	w := r.queue.head()
	if w.seq == nobody && w.content == noContent {
		return nil // only its own blocks could match, and it has had none
	}
	if r.found.index == w.index+1 && r.found.changes == r.pool.Changes() {
		return r.found.blocks
	}
	known := int(w.input)
	if w.seq != nobody {
		known = r.roster.all[w.seq].known()
	}
	nodes := r.found.blocks[:0]
	for i := range (known - 1) / r.keys.block {
		n := r.pool.Find(r.keys.key(&w.request, i))
		if n == kv.Missing {
			break
		}
		nodes = append(nodes, n)
	}
	r.found = found{w.index + 1, r.pool.Changes(), nodes}
	return nodes
}

// claim makes a sequence hold the cached blocks that it begins with, and returns their number.
func (r *rank) claim(s *sequence, nodes []kv.Node) int {
	s.chain = append(s.chain[:0], nodes...)
	for _, n := range nodes {
		r.pool.Claim(n)
	}
	return len(nodes)
}

// name makes known the content of a sequence's full prompt blocks, when that many tokens are scheduled.
func (r *rank) name(s *sequence, tokens int) {
	if r.keys == nil {
		return
	}
	for i := len(s.chain); i < min(tokens/r.keys.block, r.keys.named(&s.request)); i++ {
		s.chain = append(s.chain, r.pool.Name(r.keys.key(&s.request, i)))
	}
}

// release frees the blocks of a sequence that has computed that many tokens. One that is preempted may come back for all of them.
func (r *rank) release(s *sequence, computed int, preempted bool) {
	total := r.Footprint(computed)
	if r.keys == nil {
		r.pool.Give(total)
		return
	}
	weight, full := r.shape.layout.Full, computed/r.keys.block
	r.pool.Spoil(total - weight*full)
	if preempted {
		for i := len(s.chain); i < full; i++ {
			s.chain = append(s.chain, r.pool.Name(r.keys.key(&s.request, i)))
		}
	}
	r.pool.Give(weight * (full - len(s.chain)))
	for i := len(s.chain) - 1; i >= 0; i-- {
		r.pool.Release(s.chain[i])
	}
	s.chain = s.chain[:0]
}

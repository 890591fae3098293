package workloads

import "github.com/roofserve/roofserve/internal/hash"

// Pool lets so many different prompts come again in turn: the first request's, the second's, and the first's
// again after the last, each as long as the source says, and so with as much of the same beginning.
func Pool(from Source, prompts int) Source {
	t := traitsOf(from)
	t.isPrefixed, t.blockTokens = true, contentTokens
	return t.give(&pool{derived: derived{from: from}, prompts: uint64(prompts)})
}

type pool struct {
	derived
	prompts, next uint64
	content       content
}

// Next implements Source.
func (p *pool) Next(r *Request) bool {
	if !p.from.Next(r) {
		return false
	}
	p.content.reset()
	p.content.add(piece{id: mix(hash.Name("pool"), p.next%p.prompts), tokens: r.Input})
	r.Blocks, r.Beyond = p.content.ids, false
	p.next++
	return true
}

package kv

import (
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Payload is what has to move for a sequence to be decoded where its prompt was not computed. Every value
// goes once, whatever the plans of the two replicas are: a latent is not sent to each tensor-parallel rank.
type Payload struct {
	Layers   int
	Tokens   []Moving    // of each token of the prompt
	Constant units.Bytes // of the sequence, as recurrent state
}

// Moving is what goes of the tokens that layers of one reach keep.
type Moving struct {
	Window int         // the last tokens that are kept; 0: all
	Bytes  units.Bytes // of a token, in all these layers
}

// PayloadOf is a model's, in the formats of its caches and of an engine's recurrent state, with the caches of
// what drafts for it, if anything does.
func PayloadOf(m *arch.Model, f *Figures, d *Drafter, p *arch.Precision) Payload {
	payload := Payload{Layers: m.Layers(), Constant: m.StateBytesUnder(f.StateBytes)}
	for _, b := range d.beside(m).Stack {
		if b.Mixer == nil {
			continue
		}
		for _, cache := range b.Mixer.State().Tokens {
			window := 0
			if cache.Reach.Kind == arch.Window || cache.Reach.Kind == arch.Chunk {
				window = cache.Reach.Size
			}
			payload.add(Moving{window, units.Bytes(cache.Bytes(p) * units.Bytes(b.Repeat))})
		}
	}
	return payload
}

// add joins what goes of the tokens to the layers of the same window.
func (p *Payload) add(m Moving) {
	for i := range p.Tokens {
		if p.Tokens[i].Window == m.Window {
			p.Tokens[i].Bytes += m.Bytes
			return
		}
	}
	p.Tokens = append(p.Tokens, m)
}

// Bytes is what goes of a prompt of so many tokens, of which the destination has the first ones.
func (p *Payload) Bytes(prompt, there int) int64 {
	sum := p.Constant
	for _, m := range p.Tokens {
		n := prompt - there
		if m.Window > 0 {
			n = min(n, m.Window)
		}
		sum += units.Bytes(units.Bytes(n) * m.Bytes)
	}
	return int64(math.Ceil(float64(sum)))
}

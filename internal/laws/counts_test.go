package laws

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// This file counts, from a model's dimensions alone, what one rank of a plan must at least multiply and read
// in a step. It asks neither the architecture's tensors nor its operators: they are what is checked.

// bits of one stored value, scales left out.
var bits = map[string]float64{"bf16": 16, "fp16": 16, "fp8": 8, "fp8-block": 8, "int8": 8, "int4": 4, "int4-g32": 4, "mxfp4": 4, "nvfp4": 4}

func bytesOf(f units.Format, values float64) float64 { return values * bits[f.String()] / 8 }

// products is what one rank multiplies for a token in the layers of one kind: weights it must read, and the
// multiply-adds of a token with them.
type products struct {
	weights float64 // values of the matrices on the rank
	format  units.Format
}

// counted is one rank's share of a model.
type counted struct {
	dense []products // matrices that every token meets
	head  float64    // values of the LM head, which only sampled rows meet
	// routed: values of one expert over all layers, times the experts a token chooses, undivided
	experts  float64
	routedIn units.Format
	// Of attention, in decode and in prefill, summed over layers: FLOPs for a query-key pair, and bytes read for
	// a key, by reach.
	decode, prefill []attention
	state           float64 // bytes of recurrent state that a sequence reads and writes in a step
}

// attention is one kind of layer's.
type attention struct {
	reach        arch.Reach
	share        float64 // of the reach's keys
	layers       float64
	flopsPerPair float64
	bytesPerKey  float64
}

// count divides a model by hand.
func count(m *arch.Model, p arch.Plan) (counted, error) {
	c := counted{head: float64(m.Hidden) * float64(m.Vocab) / float64(p.TP), routedIn: p.Precision.Experts}
	for _, b := range m.Stack {
		if b.Mixer != nil {
			for _, part := range arch.Members(b.Mixer) {
				if err := c.mixer(part.(arch.Mixer), m.Hidden, float64(b.Repeat), p); err != nil {
					return c, err
				}
			}
		}
		if b.FFN != nil {
			for _, part := range arch.Members(b.FFN) {
				if err := c.ffn(part.(arch.FFN), m.Hidden, float64(b.Repeat), p); err != nil {
					return c, err
				}
			}
		}
	}
	return c, nil
}

// matrix adds layers times a matrix of rows × columns values on this rank.
func (c *counted) matrix(f units.Format, layers float64, values ...float64) {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	c.dense = append(c.dense, products{layers * sum, f})
}

func (c *counted) mixer(mixer arch.Mixer, hidden int, layers float64, p arch.Plan) error {
	f := p.Precision.Attention
	h, tp := float64(hidden), float64(p.TP)
	switch a := mixer.(type) {
	case *arch.MultiHead:
		value := a.ValueDim
		if value == 0 {
			value = a.HeadDim
		}
		reach := arch.Reach{}
		if a.Window > 0 {
			reach = arch.Reach{Kind: arch.Window, Size: a.Window}
		} else if a.Chunk > 0 {
			reach = arch.Reach{Kind: arch.Chunk, Size: a.Chunk}
		}
		c.grouped(p, layers, h, a.Heads, a.KVHeads, a.HeadDim, value, reach, 1)
		unmade := 0 // keys and values that no matrix makes
		switch {
		case a.SharedKV:
			unmade = a.KVHeads * (a.HeadDim + value)
		case a.KeyIsValue:
			unmade = a.KVHeads * value
		}
		c.matrix(f, layers, -h*float64(unmade)/float64(min(p.TP, a.KVHeads)))
		if a.Gate {
			c.matrix(f, layers, h*float64(a.Heads*value)/tp)
		}
	case *arch.Hierarchical:
		c.grouped(p, layers, h, a.Heads, a.KVHeads, a.HeadDim, a.HeadDim,
			arch.Reach{Kind: arch.Window, Size: a.Window}, 1)
		c.core(p, layers, a.Heads, a.KVHeads, a.HeadDim, a.HeadDim, arch.Reach{}, 1/float64(a.Stride))
		c.core(p, layers, a.Heads, a.KVHeads, a.HeadDim, a.HeadDim, arch.Reach{}, 1/float64(a.Interval))
		c.matrix(f, layers, h*float64(3*a.Heads)/tp)
	case *arch.MLA:
		c.latent(a, p, layers, h, arch.Reach{}, false)
	case *arch.DSA:
		c.latent(&a.MLA, p, layers, h, arch.Reach{Kind: arch.TopK, Size: a.TopK}, true)
		if !a.SharedIndex {
			c.index(a, p, layers, h)
		}
	case *arch.Compressed:
		c.compressed(a, p, layers, h)
	case *arch.BlockSparse:
		c.grouped(p, layers, h, a.Heads, a.KVHeads, a.HeadDim, a.HeadDim,
			arch.Reach{Kind: arch.TopK, Size: a.TopBlocks * a.BlockSize}, 1)
		index := float64(a.IndexHeads * a.IndexDim)
		c.matrix(f, layers, h*index, h*float64(a.IndexDim))
		// at least a byte a value
		scores := attention{share: 1, layers: layers, flopsPerPair: 2 * index, bytesPerKey: float64(a.IndexDim)}
		c.decode, c.prefill = append(c.decode, scores), append(c.prefill, scores)
	default:
		return c.recurrent(mixer, h, layers, p)
	}
	return nil
}

// compressed is DeepSeek-V4's: one wide key, which is the value too, for all heads; a window of them, and
// an entry for each few tokens, of which an indexer may choose some. Entries and their scores are projected
// in 16 bits.
func (c *counted) compressed(a *arch.Compressed, p arch.Plan, layers, h float64) {
	f, heads, dim := p.Precision.Attention, float64(a.Heads)/float64(p.TP), float64(a.HeadDim)
	groups := float64(a.OutputGroups) / float64(p.TP)
	q, rank := float64(a.QRank), float64(a.OutputRank)
	c.matrix(f, layers, h*q, h*dim, q*heads*dim, heads*dim*rank, groups*rank*h)
	seen := func(reach arch.Reach, share float64) {
		level := attention{reach: reach, share: share, layers: layers,
			flopsPerPair: 2 * heads * (dim + dim), bytesPerKey: bytesOf(p.Precision.KV, dim)}
		c.decode, c.prefill = append(c.decode, level), append(c.prefill, level)
	}
	seen(arch.Reach{Kind: arch.Window, Size: a.Window}, 1)
	if a.Ratio == 0 {
		return
	}
	share := 1 / float64(a.Ratio)
	if a.TopK == 0 {
		c.matrix(units.BF16, layers, h*2*dim)
		seen(arch.Reach{}, share)
		return
	}
	c.matrix(units.BF16, layers, h*4*dim)
	seen(arch.Reach{Kind: arch.TopK, Size: a.TopK * a.Ratio}, share)
	index, width := float64(a.IndexHeads), float64(a.IndexDim)
	c.matrix(f, layers, q*index*width)
	c.matrix(units.BF16, layers, h*4*width, h*index)
	scores := attention{share: share, layers: layers, flopsPerPair: 2 * index * width, bytesPerKey: width}
	c.decode, c.prefill = append(c.decode, scores), append(c.prefill, scores)
}

// grouped is attention with keys and values for each KV head.
func (c *counted) grouped(p arch.Plan, layers, h float64, heads, kvHeads, dim, value int, reach arch.Reach,
	share float64) {
	tp, groups := float64(p.TP), float64(min(p.TP, kvHeads))
	c.matrix(p.Precision.Attention, layers,
		h*float64(heads*dim)/tp, h*float64(kvHeads*(dim+value))/groups, float64(heads*value)*h/tp)
	c.core(p, layers, heads, kvHeads, dim, value, reach, share)
}

func (c *counted) core(p arch.Plan, layers float64, heads, kvHeads, dim, value int, reach arch.Reach,
	share float64) {
	a := attention{reach: reach, share: share, layers: layers,
		flopsPerPair: 2 * float64(heads) / float64(p.TP) * float64(dim+value),
		bytesPerKey:  bytesOf(p.Precision.KV, float64(kvHeads)/float64(min(p.TP, kvHeads))*float64(dim+value))}
	c.decode, c.prefill = append(c.decode, a), append(c.prefill, a)
}

// latent is MLA: a latent that all ranks hold whole; decode attends it directly, prefill the keys and values
// expanded from it. Sparse attention attends the latent in both.
func (c *counted) latent(a *arch.MLA, p arch.Plan, layers, h float64, reach arch.Reach, sparse bool) {
	heads := float64(a.Heads) / float64(p.TP)
	rank, rope, nope, value := float64(a.KVRank), float64(a.RopeDim), float64(a.NopeDim), float64(a.ValueDim)
	f := p.Precision.Attention
	if q := float64(a.QRank); q > 0 {
		c.matrix(f, layers, h*q, q*heads*(nope+rope))
	} else {
		c.matrix(f, layers, h*heads*(nope+rope))
	}
	c.matrix(f, layers, h*(rank+rope), heads*value*h)
	if a.Gate {
		c.matrix(f, layers, h*heads*value)
	}
	c.matrix(f, layers, rank*heads*(nope+value)) // kv_b, absorbed or not: as many multiplications a token
	absorbed := attention{reach: reach, share: 1, layers: layers,
		flopsPerPair: 2 * heads * (rank + rope + rank), bytesPerKey: bytesOf(p.Precision.KV, rank+rope)}
	c.decode = append(c.decode, absorbed)
	if sparse {
		c.prefill = append(c.prefill, absorbed)
		return
	}
	c.prefill = append(c.prefill, attention{reach: reach, share: 1, layers: layers,
		flopsPerPair: 2 * heads * (nope + rope + value)})
}

// index is the part of sparse attention that scores every key with its own small heads, the same on every
// rank.
func (c *counted) index(a *arch.DSA, p arch.Plan, layers, h float64) {
	heads, dim := float64(a.IndexHeads), float64(a.IndexDim)
	c.matrix(p.Precision.Attention, layers, float64(a.QRank)*heads*dim, h*dim)
	c.matrix(units.BF16, layers, h*heads)
	// at least a byte a value
	scores := attention{share: 1, layers: layers, flopsPerPair: 2 * heads * dim, bytesPerKey: dim}
	c.decode, c.prefill = append(c.decode, scores), append(c.prefill, scores)
}

// recurrent are the mixers whose state does not grow.
func (c *counted) recurrent(mixer arch.Mixer, h, layers float64, p arch.Plan) error {
	tp, f := float64(p.TP), p.Precision.Attention
	kept := 0.0 // values of the state
	switch a := mixer.(type) {
	case *arch.GatedDeltaNet:
		keys, values := float64(a.KeyHeads*a.KeyDim), float64(a.ValueHeads*a.ValueDim)
		c.matrix(f, layers, h*(2*keys+2*values)/tp, h*float64(2*a.ValueHeads)/tp, values*h/tp)
		kept = values * float64(a.KeyDim)
	case *arch.KDA:
		dim, width := float64(a.HeadDim), float64(a.Heads*a.HeadDim)
		c.matrix(f, layers, 3*h*width/tp, h*dim, dim*width/tp, h*float64(a.Heads)/tp, width*h/tp)
		if a.FullRankGate {
			c.matrix(f, layers, h*width/tp)
		} else {
			c.matrix(f, layers, h*dim, dim*width/tp)
		}
		kept = width * dim
	case *arch.Mamba1:
		width, selected := float64(a.Width), float64(a.DTRank+2*a.StateDim)
		c.matrix(f, layers, 2*h*width/tp, width*selected/tp, float64(a.DTRank)*width/tp, width*h/tp)
		kept = width * float64(a.StateDim)
	case *arch.Mamba2:
		width := float64(a.Heads * a.HeadDim)
		c.matrix(f, layers, h*(2*width+float64(a.Heads))/tp,
			h*float64(2*a.Groups*a.StateDim)/float64(min(p.TP, a.Groups)), width*h/tp)
		kept = width * float64(a.StateDim)
	default:
		return fmt.Errorf("nobody has counted a %s by hand", mixer.Kind())
	}
	const readAndWrite, fp32 = 2, 4
	c.state += layers * kept / tp * fp32 * readAndWrite
	return nil
}

func (c *counted) ffn(ffn arch.FFN, hidden int, layers float64, p arch.Plan) error {
	h, tp := float64(hidden), float64(p.TP)
	matrices := func(gated bool) float64 {
		if gated {
			return 3
		}
		return 2
	}
	switch f := ffn.(type) {
	case *arch.Dense:
		c.matrix(p.Precision.Dense, layers, matrices(f.Gated)*h*float64(f.Width)/tp)
	case *arch.MoE:
		in := h
		if f.LatentWidth > 0 {
			in = float64(f.LatentWidth)
			c.matrix(p.Precision.Dense, layers, 2*h*in)
		}
		c.matrix(units.BF16, layers, h*float64(f.Experts))
		c.matrix(p.Precision.Dense, layers, matrices(f.Gated)*h*float64(f.SharedWidth)/tp)
		if f.SharedGate {
			c.matrix(units.BF16, layers, h)
		}
		c.experts += layers * float64(f.TopK) * matrices(f.Gated) * in * float64(f.Width)
	default:
		return fmt.Errorf("nobody has counted a %s by hand", ffn.Kind())
	}
	return nil
}

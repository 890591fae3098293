package arch

import "github.com/roofserve/roofserve/hw/units"

// Experts is the routed part of an MoE layer as one rank runs it: the tokens sent to its experts go through
// gate/up, activation and down.
type Experts struct {
	Name        string
	Experts     int // in the layer
	TopK        int
	Hidden      int  // width of the experts' input (the latent's, for latent MoE)
	Inter       int  // width of an expert on this rank, after expert tensor parallelism
	Shared      int  // experts of the same shape that every token passes besides, on every rank
	Gated       bool // three matrices (gate, up, down) rather than two
	Ranks       int  // expert-parallel ranks that share the experts
	Groups      int  // expert groups of group-limited routing; 0 or 1 for none
	GroupsTaken int  // groups a token may use
	Stored
}

// OpName is the operator's name within its layer.
func (o Experts) OpName() string { return o.Name }

// Work is that of an average rank under uniform routing, for a load of all the tokens that share these
// experts.
func (o Experts) Work(l *Load, p *Precision) Work {
	tokens := l.Tokens()
	if tokens == 0 {
		return Work{}
	}
	// token-expert pairs on this rank
	pairs := float64(float64(tokens) * (float64(o.TopK)/float64(o.Ranks) + float64(o.Shared)))
	hidden, inter := float64(o.Hidden), float64(o.Inter)
	return Work{
		FLOPs: units.FLOPs(2 * pairs * o.ExpertParams()),
		WeightBytes: units.Bytes(float64(o.Distinct(tokens)/float64(o.Ranks))+float64(o.Shared)) *
			p.Of(GroupExperts, o.Stored).Bytes(o.ExpertParams()),
		// In and out of the expert, and between its matrices: gate and up written and read, the product written and
		// read.
		OtherBytes: units.Bytes(activationBytes * pairs *
			(float64(2*hidden) + float64(2*float64(o.matrices())*inter))),
	}
}

// ExpertParams is the number of parameters of one expert on one rank, biases left out.
func (o Experts) ExpertParams() float64 {
	return float64(o.matrices()) * float64(o.Hidden) * float64(o.Inter)
}

func (o Experts) matrices() int {
	if o.Gated {
		return 3
	}
	return 2
}

// Distinct is the expected number of experts of the layer that at least one of so many tokens chooses under
// uniform routing: E·(1−(1−k/E)^tokens).
func (o Experts) Distinct(tokens int) float64 {
	experts := float64(o.Experts)
	return experts * (1 - power(1-float64(o.TopK)/experts, tokens))
}

// power is x^n by repeated squaring: products only, so that every machine gives the same bits.
func power(x float64, n int) float64 {
	result := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result *= x
		}
		x *= x
	}
	return result
}

package arch

import "strings"

// beside is what parts that work side by side in one layer have in common: all read the output of one norm,
// and their results are added. A stack names them with + between: "attention+mamba", "dense+moe".
type beside []Part

// Kind joins the parts' kinds.
func (b beside) Kind() string {
	kinds := make([]string, len(b))
	for i, part := range b {
		kinds[i] = part.Kind()
	}
	return strings.Join(kinds, "+")
}

// Validate has nothing to do: each part was validated where it is described.
func (b beside) Validate(int) error { return nil }

// CheckSplit reports what the ranks of a split cannot divide.
func (b beside) CheckSplit(s Split) error {
	for _, part := range b {
		if err := part.CheckSplit(s); err != nil {
			return err
		}
	}
	return nil
}

// Tensors are those of all parts, named after the kind of their own.
func (b beside) Tensors(hidden int) []Tensor {
	var all []Tensor
	for _, part := range b {
		for _, t := range part.Tensors(hidden) {
			t.Name = part.Kind() + "_" + t.Name
			all = append(all, t)
		}
	}
	return all
}

// besideMixers are mixers side by side (Falcon-H1: attention and Mamba-2).
type besideMixers struct{ beside }

// State is that of all of them; tensor parallelism divides constant states by the heads of the first.
func (b *besideMixers) State() State {
	var sum State
	for _, part := range b.beside {
		s := part.(Mixer).State()
		sum.Tokens = append(sum.Tokens, s.Tokens...)
		sum.RecurrentValues += s.RecurrentValues
		sum.ConvValues += s.ConvValues
		if sum.ConstantHeads == 0 {
			sum.ConstantHeads = s.ConstantHeads
		}
	}
	return sum
}

// Operators are those of all of them.
func (b *besideMixers) Operators(hidden int, s Split, reach func(Reach) int) []Op {
	var all []Op
	for _, part := range b.beside {
		all = append(all, part.(Mixer).Operators(hidden, s, reach)...)
	}
	return all
}

// besideFFNs are feed-forward parts side by side (Gemma 4: a dense part and experts).
type besideFFNs struct{ beside }

// Operators are those of all of them.
func (b *besideFFNs) Operators(hidden int, s Split) []Op {
	var all []Op
	for _, part := range b.beside {
		all = append(all, part.(FFN).Operators(hidden, s)...)
	}
	return all
}

// Members are the parts that work side by side, or a part alone.
func Members(part Part) []Part {
	switch p := part.(type) {
	case *besideMixers:
		return p.beside
	case *besideFFNs:
		return p.beside
	}
	return []Part{part}
}

// ExpertsOf is the mixture of experts of a feed-forward part, also where it works beside another; nil where
// there is none.
func ExpertsOf(ffn FFN) *MoE {
	if ffn == nil {
		return nil
	}
	for _, part := range Members(ffn) {
		if moe, ok := part.(*MoE); ok {
			return moe
		}
	}
	return nil
}

package arch

// What Inkling adds to grouped attention (transformers, models/inkling, InklingAttention): a relative state
// of each head, from which a table makes a bias for each of the latest tokens, and short convolutions over
// keys, values and what both parts of a layer give out.

// convolved are the tensors of these.
func (a *MultiHead) convolved(hidden, keysAndValues int) []Tensor {
	var t []Tensor
	if a.Relative > 0 {
		t = append(t, matrix("relative", hidden, a.Heads*a.Relative, GroupAttention, Sharded),
			vector("relative_bias", a.Relative*a.RelativeReach, Replicated))
	}
	if a.ShortConv > 0 {
		t = append(t, headMatrix("inner_convs", a.ShortConv, keysAndValues, a.KVHeads, GroupSmall),
			vector("outer_convs", a.ShortConv*a.OuterChannels, Replicated))
	}
	return t
}

// convolvedState adds the last inputs of the convolutions.
func (a *MultiHead) convolvedState(s State) State {
	if a.ShortConv > 0 {
		s.ConvValues = float64(a.ShortConv-1) * float64(a.KVHeads*(a.HeadDim+a.value())+a.OuterChannels)
		s.ConstantHeads = a.KVHeads
	}
	return s
}

// convolutions are their operators: that of keys and values, and those of what both parts give out.
func (a *MultiHead) convolutions(kvHeads int) []Op {
	if a.ShortConv == 0 {
		return nil
	}
	conv := func(name string, channels int) Op {
		return Recurrence{Name: name, Kind: RecurrenceMamba2, ConvWidth: a.ShortConv, ConvDim: channels}
	}
	return []Op{conv("inner_convolution", kvHeads*(a.HeadDim+a.value())), conv("outer_convolution", a.OuterChannels)}
}

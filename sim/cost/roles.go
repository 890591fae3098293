package cost

import "github.com/roofserve/roofserve/sim/arch"

// roles are a rank's operators by what their time depends on, each list in the order of the layers, so that a
// step walks only those that may take time in it.
type roles struct {
	rows    [rowKinds][]operator // a number of rows alone
	decode  []operator           // the state that decoding sequences read
	prefill []operator           // more of prefill chunks than their tokens
	shared  []operator           // the tokens of all data-parallel ranks
}

// rowKinds is the number of arch.Rows values.
const rowKinds = int(arch.SampledRows) + 1

func rolesOf(operators []operator) (r roles) {
	for _, o := range operators {
		if kind := rowsOf(o.op); kind != noRows {
			r.rows[kind] = append(r.rows[kind], o)
			continue
		}
		if o.category != AttentionCore {
			r.shared = append(r.shared, o)
			continue
		}
		phase := phaseOf(o.op)
		if phase != arch.PrefillTokens {
			r.decode = append(r.decode, o)
		}
		if phase != arch.DecodeTokens {
			r.prefill = append(r.prefill, o)
		}
	}
	return r
}

// phaseOf is the tokens for which an operator that reads state runs.
func phaseOf(op arch.Op) arch.Rows {
	if o, ok := op.(arch.Attention); ok {
		return o.Phase
	}
	return arch.EveryToken
}

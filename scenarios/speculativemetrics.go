package scenarios

// speculativeMetrics say how drafts fared, under the names of vllm bench serve. Only a run with speculative
// decoding has them.
var speculativeMetrics = []Definition{
	{
		Key: "spec_decode_acceptance_rate", Title: "accepted drafts", Unit: "%", Scope: OfSystem, Better: Higher,
		Meaning: "Drafted tokens that were accepted, of a hundred.",
		table:   speculativeTable.path, needs: needsDraft,
		value: func(r *Run) float64 {
			return 100 * share(r.accepted(), r.verifications()*int64(r.Parts.Speculation.Drafts))
		},
	}, {
		Key: "spec_decode_acceptance_length", Title: "tokens of a step", Unit: "tokens", Scope: OfSystem, Better: Higher,
		Column:  "tokens a step",
		Meaning: "Mean tokens that a decode step gives a sequence: its own and the accepted drafts.",
		table:   speculativeTable.path, needs: needsDraft,
		value: func(r *Run) float64 { return 1 + share(r.accepted(), r.verifications()) },
	}, {
		Key: "spec_decode_num_drafts", Title: "steps of sequences", Unit: "steps", Scope: OfSystem,
		Meaning: "Decode steps of every sequence, in each of which its drafts are verified.",
		table:   speculativeTable.path, needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.verifications()) },
	}, {
		Key: "spec_decode_draft_tokens", Title: "drafts", Unit: "tokens", Scope: OfSystem,
		Meaning: "Drafted tokens that were verified.",
		table:   speculativeTable.path, needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.verifications() * int64(r.Parts.Speculation.Drafts)) },
	}, {
		Key: "spec_decode_accepted_tokens", Title: "accepted drafts, all", Unit: "tokens", Scope: OfSystem, Better: Higher,
		Meaning: "Drafted tokens that were accepted, those past the end of an answer included.",
		table:   speculativeTable.path, needs: needsCompletion,
		value: func(r *Run) float64 { return float64(r.accepted()) },
	},
}

// verifications is the number of decode steps of all sequences.
func (r *Run) verifications() (sum int64) {
	for _, steps := range r.Result.Drafts {
		sum += steps
	}
	return sum
}

// accepted is the number of accepted drafts.
func (r *Run) accepted() (sum int64) {
	for n, steps := range r.Result.Drafts {
		sum += int64(n) * steps
	}
	return sum
}

// AcceptanceByPosition is the share of steps in which the draft at each place is accepted; nil where no
// drafts are verified.
func (r *Run) AcceptanceByPosition() []float64 {
	if r.Parts.Speculation == nil {
		return nil
	}
	list := make([]float64, r.Parts.Speculation.Drafts)
	for i := range list {
		accepted := int64(0)
		for n, steps := range r.Result.Drafts {
			if n > i {
				accepted += steps
			}
		}
		list[i] = share(accepted, r.verifications())
	}
	return list
}

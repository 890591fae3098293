package scenarios

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/workloads"
)

// Keys of lengths that are given in characters.
const (
	languageKey   = "workload.synthetic.language"
	vocabularyKey = "workload.synthetic.vocabulary"
)

// resolveCharacters finds the vocabulary that turns characters into tokens: the model's where the scenario
// names none.
func (s *Scenario) resolveCharacters(p *Parts) error {
	y := &s.Workload.Synthetic
	if y.Language == "" {
		if y.Vocabulary != "" {
			return s.source.fault(vocabularyKey, "has no meaning for lengths in tokens", `add language = "chinese"`)
		}
		return nil
	}
	v, err := workloads.LookupVocabulary(cmp.Or(y.Vocabulary, p.Model.Name))
	switch {
	case err != nil && y.Vocabulary == "":
		return s.source.faultf(languageKey, `name a vocabulary, as in vocabulary = "llama-3"`, "nobody counted the tokens of %s", p.Model.Name)
	case err != nil:
		return s.relocate(vocabularyKey, err)
	}
	per, err := v.PerCharacter(y.Language)
	if err != nil {
		return s.relocate(languageKey, err)
	}
	y.Vocabulary = v.Name
	p.warn("lengths are characters of %s: %g tokens for 1,000 with the vocabulary of %s, a published count that was not checked", y.Language, per*1000, v.Name)
	return nil
}

// lengths are the synthetic workload's distributions in tokens. The scenario must be resolved.
func (s *Scenario) lengths() (input, output workloads.Lengths, err error) {
	y := &s.Workload.Synthetic
	input, output = workloads.Lengths(y.Input), workloads.Lengths(y.Output)
	if y.Language == "" {
		return input, output, nil
	}
	v, err := workloads.LookupVocabulary(y.Vocabulary)
	if err != nil {
		return input, output, err
	}
	for _, side := range []struct {
		name    string
		lengths *workloads.Lengths
	}{{"input", &input}, {"output", &output}} {
		converted, err := v.FromCharacters(*side.lengths, y.Language)
		if wrong := (*fault.Error)(nil); errors.As(err, &wrong) {
			return input, output, s.source.fault(fmt.Sprintf("workload.synthetic.%s.%s", side.name, wrong.Key), wrong.Wrong, wrong.Right)
		}
		*side.lengths = converted
	}
	return input, output, nil
}

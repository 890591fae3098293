package workloads

import (
	_ "embed" // the table of vocabularies
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/strict"
)

// Vocabulary is a set of tokens that models cut text into.
type Vocabulary struct {
	Name   string   `toml:"name"`
	Size   int      `toml:"size"`   // tokens in it
	Models []string `toml:"models"` // of the catalogue, by short name
	// Tokens is how many tokens 1,000 characters of a language take.
	Tokens map[string]float64 `toml:"tokens_per_1000_characters"`
}

//go:embed vocabulary.toml
var vocabularyFile []byte

// Vocabularies reads the table of vocabularies: each with its tokens by language, and where the figures come
// from.
func Vocabularies() (list []Vocabulary, source string, err error) {
	var file struct {
		Source     string       `toml:"source"`
		Vocabulary []Vocabulary `toml:"vocabulary"`
	}
	err = strict.Decode("vocabulary.toml", vocabularyFile, &file)
	return file.Vocabulary, file.Source, err
}

// LookupVocabulary finds a vocabulary by its own name or that of a model which uses it.
func LookupVocabulary(name string) (*Vocabulary, error) {
	list, _, err := Vocabularies()
	if err != nil {
		return nil, err
	}
	var known []string
	for i := range list {
		if v := &list[i]; v.Name == name || slices.Contains(v.Models, name) {
			return v, nil
		}
		known = append(append(known, list[i].Name), list[i].Models...)
	}
	return nil, &fault.Error{Key: "vocabulary", Wrong: fmt.Sprintf("nobody counted the tokens of %q", name), Right: names.Suggest(name, known)}
}

// PerCharacter is the mean number of tokens that a character of a language takes.
func (v *Vocabulary) PerCharacter(language string) (float64, error) {
	per, ok := v.Tokens[language]
	if !ok {
		return 0, &fault.Error{Key: "language", Wrong: fmt.Sprintf("no count of %q for vocabulary %s", language, v.Name),
			Right: names.Suggest(language, slices.Sorted(maps.Keys(v.Tokens)))}
	}
	return per / 1000, nil
}

// TokensOf is how many tokens a text of so many characters takes: at least one, rounded to the nearest.
func (v *Vocabulary) TokensOf(characters int, language string) (int, error) {
	per, err := v.PerCharacter(language)
	if err != nil {
		return 0, err
	}
	return max(1, int(math.Round(float64(characters)*per))), nil
}

// FromCharacters turns a distribution of lengths in characters into one in tokens of a vocabulary. Lengths
// drawn from a trace are in tokens already and are refused.
func (v *Vocabulary) FromCharacters(l Lengths, language string) (Lengths, error) {
	if l.Distribution == "empirical" {
		return l, &fault.Error{Key: "distribution", Wrong: "lengths of a trace are in tokens already", Right: "use fixed, uniform, normal or lognormal"}
	}
	per, err := v.PerCharacter(language)
	if err != nil {
		return l, err
	}
	l.Mean, l.Std = l.Mean*per, l.Std*per
	for _, n := range []*int{&l.Value, &l.Min, &l.Max} {
		if *n > 0 {
			*n = max(1, int(math.Round(float64(*n)*per)))
		}
	}
	return l, nil
}

package workloads

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/internal/hash"
)

// textTokens cuts text into tokens by the number of characters that a token has on average: by script, since
// Chinese and Japanese texts take more tokens than others.
type textTokens struct {
	name                     string
	latin, chinese, japanese float64 // tokens of a character
}

// defaultVocabulary is taken where nothing says whose tokens are meant.
const defaultVocabulary = "llama-3"

func newTextTokens(v *Vocabulary) (textTokens, error) {
	if v == nil {
		var err error
		if v, err = LookupVocabulary(defaultVocabulary); err != nil {
			return textTokens{}, err
		}
	}
	t := textTokens{name: v.Name}
	for _, script := range []struct {
		language string
		to       *float64
	}{{"english", &t.latin}, {"chinese", &t.chinese}, {"japanese", &t.japanese}} {
		per, err := v.PerCharacter(script.language)
		if err != nil {
			return t, err
		}
		*script.to = per
	}
	return t, nil
}

// remark says how texts are counted.
func (t *textTokens) remark() string {
	return fmt.Sprintf("tokens are counted from characters: %g for 1,000 of Chinese, %g of Japanese and %g of other "+
		"scripts, as the vocabulary of %s is said to need", 1000*t.chinese, 1000*t.japanese, 1000*t.latin, t.name)
}

// of is the tokens that a character takes.
func (t *textTokens) of(c rune) float64 {
	switch {
	case c < 0x2e80: // where the scripts of East Asia begin (Unicode, blocks)
		return t.latin
	case c >= 0x3040 && c <= 0x30ff: // Hiragana and Katakana
		return t.japanese
	case c <= 0x9fff || c >= 0xff00 && c <= 0xffef: // ideographs, and the punctuation between them
		return t.chinese
	}
	return t.latin
}

// append adds a text to a context, and returns its tokens: at least one, of a text that is not empty.
func (t *textTokens) append(c *content, text string) (tokens int) {
	if text == "" {
		return 0
	}
	sum, state := 0.0, uint64(0)
	for _, r := range text {
		state = (state ^ uint64(r)) * hash.Golden
		if sum += t.of(r); sum >= float64(tokens+1) {
			tokens++
			c.put(state, 1)
			state = 0
		}
	}
	if tokens == 0 || sum-float64(tokens) >= 0.5 && !math.IsInf(sum, 1) {
		tokens++
		c.put(state, 1)
	}
	return tokens
}

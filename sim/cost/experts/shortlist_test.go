package experts

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The shortlist's choice is the choice among all experts, token by token, while the router is trained.
func TestShortlistChoosesAsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		fast, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		plain.chooser.shortlist = shortlist{} // without one, all experts are scored
		steps := rapid.IntRange(0, 1).Draw(t, "steps")
		fast.Train(steps)
		plain.Train(steps)
		if !slices.Equal(fast.bias, plain.bias) || !slices.Equal(fast.odds, plain.odds) {
			t.Fatal("training differs")
		}
		if !slices.Equal(fast.Sample(500).choices, plain.Sample(500).choices) {
			t.Fatal("choices differ")
		}
	})
}

func drawSettings(t *rapid.T) Settings {
	s := Settings{Experts: 8 * rapid.IntRange(1, 24).Draw(t, "experts/8"), Seed: rapid.Uint64().Draw(t, "seed"),
		Affinity: rapid.SampledFrom([]Affinity{Sigmoid, Softmax}).Draw(t, "affinity"),
		Balance:  rapid.SampledFrom([]Balance{BiasUpdate, AuxiliaryLoss, Unbalanced}).Draw(t, "balance"),
		Skew:     rapid.SampledFrom([]float64{0, DefaultSkew, 2, 10}).Draw(t, "skew"),
		Speed:    rapid.SampledFrom([]float64{0.001, 0.02, 1}).Draw(t, "speed")}
	if rapid.Bool().Draw(t, "limited") {
		s.Groups = rapid.SampledFrom([]int{2, 4, 8, s.Experts}).Draw(t, "groups")
		s.GroupsTaken = rapid.IntRange(1, s.Groups).Draw(t, "taken")
	}
	most := s.Experts
	if s.limited() {
		most = s.GroupsTaken * s.Experts / s.Groups
	}
	s.TopK = rapid.IntRange(1, min(most, 12)).Draw(t, "k")
	return s
}

// Few tokens need all experts' scores, or the shortlist would be of no use.
func TestShortlistServesMostTokens(t *testing.T) {
	softmax := Settings{Experts: 128, TopK: 8, Affinity: Softmax, Balance: Unbalanced, Skew: DefaultSkew,
		Seed: 1}
	for _, s := range []Settings{deepSeek(BiasUpdate), softmax} {
		r := newRouter(t, s)
		r.Train(2)
		const tokens = 2000
		c, served := &r.chooser, 0
		for range tokens {
			for i := range c.words {
				c.words[i] = r.training.Uint64()
			}
			if c.chooseListed(r.odds, r.bias, 0) {
				served++
			}
		}
		if served < tokens*9/10 {
			t.Errorf("%s: %d of %d tokens by the shortlist, want nine of ten", s.Affinity, served, tokens)
		}
	}
}

func TestCutoffsCompareEachLevel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	edges := []int{0, 1, levelCount/2 - 1, levelCount - 2, levelCount - 1, levelCount}
	pick := func(most int) int {
		if e := edges[rng.IntN(len(edges))]; e <= most && rng.IntN(2) == 0 {
			return e
		}
		return rng.IntN(most + 1)
	}
	for range 20_000 {
		word, want := rng.Uint64()<<(wordLevels*levelBits), uint64(0) // the bits above the levels are noise
		var c cutoffs
		for i := range wordLevels {
			level, cutoff := pick(levelCount-1), pick(levelCount)
			word |= uint64(level) << (i * levelBits)
			c.set(i, cutoff)
			if level >= cutoff {
				want |= 1 << i
			}
		}
		if got := c.pass(word); got != want {
			t.Fatalf("word %x, cutoffs %+v: %05b pass, want %05b", word, c, got, want)
		}
	}
}

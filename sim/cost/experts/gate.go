package experts

import (
	"math/rand/v2"

	"github.com/roofserve/roofserve/internal/portable"
)

// Streams of random numbers that a seed gives, so that one does not disturb another.
const (
	popularityStream = iota
	trainingStream
	samplingStream
	driftStream
)

// Gate is the network that routes tokens to experts, in training. It is not safe for concurrent use.
type Gate struct {
	settings Settings
	offset   []float64 // of each expert: its popularity, in logits
	odds     []float64 // e^offset
	bias     []float64 // added to affinities where experts are chosen
	training *rand.Rand
	chooser  chooser
}

// New makes an untrained router.
func New(s Settings) (*Gate, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	r := &Gate{settings: s, offset: make([]float64, s.Experts), odds: make([]float64, s.Experts),
		bias: make([]float64, s.Experts), training: s.stream(trainingStream)}
	// The popularities are a normal distribution's quantiles in random order: no seed is more skewed than
	// another.
	for i, e := range s.stream(popularityStream).Perm(s.Experts) {
		r.offset[e] = float64(s.Skew * portable.NormalQuantile((float64(i)+0.5)/float64(s.Experts)))
	}
	r.chooser = newChooser(&r.settings)
	r.refresh()
	return r, nil
}

func (s *Settings) stream(n uint64) *rand.Rand { return rand.New(rand.NewPCG(s.Seed, n)) }

// refresh follows changed offsets and biases.
func (r *Gate) refresh() {
	for e, offset := range r.offset {
		r.odds[e] = portable.Exp(offset)
	}
	r.chooser.prepare(r.odds, r.bias)
}

// Train routes StepTokens tokens in each of so many steps, and balances after each.
func (r *Gate) Train(steps int) {
	if r.settings.Balance == Unbalanced {
		return
	}
	load, affinity := make([]float64, r.settings.Experts), make([]float64, r.settings.Experts)
	for range steps {
		clear(load)
		clear(affinity)
		for range StepTokens {
			for _, e := range r.chooser.choose(r.training, r.odds, r.bias) {
				load[e]++
			}
			if r.settings.Balance == AuxiliaryLoss {
				r.chooser.addAffinities(r.odds, affinity)
			}
		}
		mean := float64(StepTokens) * float64(r.settings.TopK) / float64(r.settings.Experts)
		if r.settings.Balance == BiasUpdate {
			moveBias(r.bias, load, mean, r.settings.Speed)
		} else {
			descend(r.offset, load, affinity, mean, r.settings.Speed)
		}
		r.refresh()
	}
}

// moveBias is b ← b + speed·sign(mean − load), as the settings' BiasUpdate says.
func moveBias(bias, load []float64, mean, speed float64) {
	for e := range bias {
		switch {
		case load[e] < mean:
			bias[e] += speed
		case load[e] > mean:
			bias[e] -= speed
		}
	}
}

// descend follows the auxiliary loss's gradient with respect to each expert's offset, Pₑ·(fₑ − Σ fᵢ·Pᵢ):
// softmax's derivative, affinity being summed over StepTokens tokens. The number of experts makes it of order
// one.
func descend(offset, load, affinity []float64, mean, speed float64) {
	loss := 0.0
	for e := range load {
		loss += float64(load[e] / mean * affinity[e] / StepTokens)
	}
	for e := range offset {
		share := affinity[e] / StepTokens * float64(len(offset))
		offset[e] -= float64(speed * share * (load[e]/mean - loss))
	}
}

// Sample routes that many tokens by the router as it is. The same random tokens are used at every call.
func (r *Gate) Sample(tokens int) *Sample {
	s := &Sample{Experts: r.settings.Experts, TopK: r.settings.TopK, drift: newDrift(&r.settings),
		choices: make([]uint16, 0, tokens*r.settings.TopK)}
	rng := r.settings.stream(samplingStream)
	for range tokens {
		for _, e := range r.chooser.choose(rng, r.odds, r.bias) {
			s.choices = append(s.choices, uint16(e))
		}
	}
	return s
}

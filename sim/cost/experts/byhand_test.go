package experts

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// counted is a sample of tokens whose choices are written out: 2 of 4 experts each.
func counted() *Sample {
	return &Sample{Experts: 4, TopK: 2, choices: []uint16{
		0, 1, // rank 0 has experts 0 and 1
		0, 2,
		0, 3,
		0, 1,
		2, 3,
		0, 1,
		1, 2,
		0, 3,
	}}
}

func TestLoadsByHand(t *testing.T) {
	s := counted()
	if s.Tokens() != 8 {
		t.Fatalf("%d tokens", s.Tokens())
	}
	for e, want := range []float64{6. / 4, 4. / 4, 3. / 4, 3. / 4} {
		if got := s.Loads()[e]; math.Abs(got-want) > 1e-12 {
			t.Errorf("expert %d has %g of the mean load, by hand %g", e, got, want)
		}
	}
	if got := s.MaxOverMean(); math.Abs(got-1.5) > 1e-12 {
		t.Errorf("the largest is %g", got)
	}
	// Batches of two tokens: the largest counts are 2, 2, 1, 2 (0 twice; 0 twice; each once; 1 once and 0
	// once).
	for tokens, want := range map[int]float64{1: 1 * 4. / 2, 2: (2 + 2 + 1 + 1) / 4. * 4 / 4,
		4: (4 + 2) / 2. * 4 / 8, 8: 1.5, 100: 1.5, 0: 2} {
		if got := s.Imbalance(tokens); math.Abs(got-want) > 1e-12 {
			t.Errorf("batches of %d tokens are uneven by %g, by hand %g", tokens, got, want)
		}
	}
}

// Of batches of one token the fuller rank has 2, 1, 1, 2, 2, 2, 1, 1 choices; of two 3, 3, 2, 2; of six 8 of
// 12.
func TestFullestRankByHand(t *testing.T) {
	r, err := counted().Routing(2, 0)
	if err != nil {
		t.Fatal(err)
	}
	// Batches of two: {0,1,0,2} has 3 on rank 0 (both experts), {0,3,0,1} has 3, {2,3,0,1} has 2 on either,
	// the first counts,
	// {1,2,0,3} as well.
	for tokens, want := range map[int]kernels.Spread{
		0: {}, 1: {Copies: 12. / 8, Experts: 12. / 8}, 2: {Copies: 10. / 4, Experts: 2},
		6: {Copies: 8, Experts: 2}, 8: {Copies: 8 * 8. / 6, Experts: 2}, 60: {Copies: 80, Experts: 2}} {
		if got := r.Spread(tokens, 2, 4, 2); math.Abs(got.Copies-want.Copies) > 1e-12 ||
			math.Abs(got.Experts-want.Experts) > 1e-12 {
			t.Errorf("%d tokens: %+v, by hand %+v", tokens, got, want)
		}
	}
	// Batches of 1, 2, 3, 4 and 6 tokens are measured, then 9 would be; between them choices grow evenly.
	six, four := r.Spread(6, 2, 4, 2), r.Spread(4, 2, 4, 2)
	if got, want := r.Spread(5, 2, 4, 2).Copies, (six.Copies+four.Copies)/2; math.Abs(got-want) > 1e-12 {
		t.Errorf("5 tokens: %g, between 4 and 6 %g", got, want)
	}
	// A layer of another shape is not this router's.
	if got := r.Spread(8, 2, 8, 2); got != (kernels.Uniform{}).Spread(8, 2, 8, 2) {
		t.Errorf("8 experts: %+v", got)
	}
}

// Whatever the placement, a rank's slots together hold every choice once.
func TestReplicasShareTheirTokensByHand(t *testing.T) {
	s := counted()
	// Loads 6, 4, 3, 3: one replica more of expert 0 and one of expert 1 make 3, 3, 2, 2, 3, 3.
	p := replicated(s.Loads(), 2, 2)
	for e, want := range []int{2, 2, 1, 1} {
		if len(p.replicas[e]) != want {
			t.Errorf("expert %d has %d replicas, by hand %d", e, len(p.replicas[e]), want)
		}
	}
	// Turn by turn over the tokens: 16 choices on two ranks, of which the fuller cannot have fewer than 8.
	got := s.measure(8, &p)
	if got.Copies < 8 || got.Copies > 9 || got.Experts != 3 {
		t.Errorf("%+v on the fuller rank", got)
	}
	alone := contiguous(4, 1)
	if got := s.measure(8, &alone); got != (kernels.Spread{Copies: 16, Experts: 4}) {
		t.Errorf("one rank has %+v", got)
	}
}

// With one group taken a token's experts come from the group whose two best scores have the largest sum.
func TestGroupsByTheirTwoBest(t *testing.T) {
	s := Settings{Experts: 6, TopK: 2, Groups: 2, GroupsTaken: 1, Affinity: Sigmoid, Balance: Unbalanced,
		Seed: 1}
	c := newChooser(&s)
	copy(c.scores, []float64{0.9, 0.1, 0.2, 0.6, 0.6, 0.1}) // 0.9 + 0.2 against 0.6 + 0.6
	c.limit()
	for e, want := range []bool{false, false, false, true, true, true} {
		if open := !math.IsInf(c.scores[e], -1); open != want {
			t.Errorf("expert %d is open: %v", e, open)
		}
	}
	if first, second := twoBest([]float64{1, 3, 2}); first != 3 || second != 2 {
		t.Errorf("the two best of 1, 3, 2 are %g and %g", first, second)
	}
	if got := groupScore(twoBest([]float64{5})); got != 5 {
		t.Errorf("an only expert's group scores %g", got)
	}
}

// The bias moves by the sign of what a load misses: down where it is above the mean, up below, and stays at
// it.
func TestBiasByHand(t *testing.T) {
	bias := []float64{0.5, 0.5, 0.5}
	moveBias(bias, []float64{9, 10, 11}, 10, 0.25)
	if bias[0] != 0.75 || bias[1] != 0.5 || bias[2] != 0.25 {
		t.Errorf("%v", bias)
	}
}

// Affinities of logits 0 and ln 3: the sigmoid's are ½ and ¾, the softmax's ¼ and ¾.
func TestAffinitiesByHand(t *testing.T) {
	for affinity, want := range map[Affinity][2]float64{Sigmoid: {0.5, 0.75}, Softmax: {0.25, 0.75}} {
		s := Settings{Experts: 2, TopK: 1, Affinity: affinity, Balance: Unbalanced}
		c := newChooser(&s)
		if a, b := c.affinity(1, 4), c.affinity(3, 4); a != want[0] || b != want[1] {
			t.Errorf("%s: %g and %g", affinity, a, b)
		}
	}
}

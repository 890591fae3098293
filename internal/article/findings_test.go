package article

import (
	"context"
	"testing"

	"github.com/roofserve/roofserve/internal/article/claims"
)

// Every verdict of the claims files is what the numbers give today.
func TestVerdictsFollowFromNumbers(t *testing.T) {
	sections, err := claims.Load()
	if err != nil {
		t.Fatal(err)
	}
	lab, err := NewLab(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	judgement, err := lab.Judge(sections)
	if err != nil {
		t.Fatal(err)
	}
	if len(judgement.Findings) < 180 {
		t.Errorf("only %d figures are judged", len(judgement.Findings))
	}
	counts := map[claims.Verdict]int{}
	for i := range judgement.Findings {
		counts[judgement.Findings[i].Verdict]++
	}
	for _, v := range claims.Verdicts() {
		if counts[v] == 0 && v != claims.Refuted && v != claims.NotReproduced { // of which the article has none
			t.Errorf("no claim is judged %q", v)
		}
	}
	for i := range judgement.Findings {
		if c := judgement.Findings[i].Claim; c.Why == "" || c.Source == "" || c.Verdict == nil {
			t.Errorf("%s lacks its reason, its source or its verdict", judgement.Findings[i].ID())
		}
	}
	t.Log(len(judgement.Findings), counts)
}

package workloads

import "testing"

// Prompts come again in turn: the same ids as far as both reach, and no others'.
func TestPromptsOfAPoolComeAgain(t *testing.T) {
	from, err := Generate(Synthetic{Requests: 7, Seed: 1, Arrival: Arrival{Process: "closed", Concurrency: 2},
		Input: Lengths{Distribution: "uniform", Min: 40, Max: 200}, Output: Lengths{Distribution: "fixed", Value: 5}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	source := Pool(from, 3)
	if source.(Prefixed).BlockTokens() != contentTokens || source.(Closed).Concurrency() != 2 ||
		source.(Counted).Len() != 7 {
		t.Error("a pool is not what it is made of, with prefixes")
	}
	var seen [][]uint64
	var r Request
	for i := 0; source.Next(&r); i++ {
		if len(r.Blocks) != r.Input/contentTokens {
			t.Errorf("request %d: %d ids for %d tokens", i, len(r.Blocks), r.Input)
		}
		for j, earlier := range seen {
			for k := range min(len(earlier), len(r.Blocks)) {
				if same := earlier[k] == r.Blocks[k]; same != (i%3 == j%3) {
					t.Errorf("requests %d and %d, id %d: the same is %v", j, i, k, same)
				}
			}
		}
		seen = append(seen, append([]uint64(nil), r.Blocks...))
	}
	if len(seen) != 7 {
		t.Errorf("%d requests of 7", len(seen))
	}
}

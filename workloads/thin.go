package workloads

import (
	"fmt"

	"github.com/roofserve/roofserve/internal/fault"
)

// Thin keeps a share of a source's requests, drawn at random: sessions whole, and the turns that follow a
// request with it. What remains arrives when it did.
func Thin(from Source, share float64, seed uint64) (Source, error) {
	if !(share > 0 && share <= 1) {
		return nil, &fault.Error{Key: "thin", Wrong: fmt.Sprintf("%v is not a share", share), Right: "use a number above 0, at most 1"}
	}
	return preserve(&thinned{derived: derived{from: from}, share: share, seed: seed,
		random: newStream(seed, "thin")}, from, unknown), nil
}

type thinned struct {
	derived
	share  float64
	seed   uint64
	random stream
	keeps  bool // the request that turns may follow
}

// Next implements Source.
func (t *thinned) Next(r *Request) bool {
	for t.from.Next(r) {
		switch {
		case r.Follows:
		case r.Session != 0:
			t.keeps = probability(mix(t.seed, r.Session)>>(64-drawBits)) < t.share
		default:
			t.keeps = t.random.uniform() < t.share
		}
		if t.keeps {
			return true
		}
	}
	return false
}

package router

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// loaded is a router with a number of outstanding requests at each replica.
func loaded(t *testing.T, name string, loads ...int) Router {
	t.Helper()
	r, err := New(name, &Terms{Replicas: Alike(len(loads)), Seed: 1, Options: Defaults()})
	if err != nil {
		t.Fatal(err)
	}
	if w, ok := r.(Watcher); ok {
		for i, n := range loads {
			w.Load(i, n)
		}
	}
	return r
}

func TestRoundRobinTakesAllInTurn(t *testing.T) {
	r := loaded(t, RoundRobin, 9, 0, 0)
	for i := range 7 {
		if got := r.Choose(&Request{}); got != i%3 {
			t.Fatalf("request %d goes to replica %d, want %d", i, got, i%3)
		}
	}
}

func TestLeastOutstandingTakesTheFirstOfTheFewest(t *testing.T) {
	r := loaded(t, LeastOutstanding, 3, 1, 2, 1)
	if got := r.Choose(&Request{}); got != 1 {
		t.Errorf("replica %d, want 1", got)
	}
	r.(Watcher).Load(1, 1)
	if got := r.Choose(&Request{}); got != 3 {
		t.Errorf("after one more at replica 1: replica %d, want 3", got)
	}
	r.(Watcher).Load(0, -3)
	if got := r.Choose(&Request{}); got != 0 {
		t.Errorf("after all are answered at replica 0: replica %d, want 0", got)
	}
}

// Of n replicas with 0, 1, … n−1 requests, replica i is the better of two different ones in n−1−i of n(n−1)/2
// pairs.
func TestPowerOfTwoTakesTheBetterOfTwo(t *testing.T) {
	const n, draws = 5, 100_000
	r := loaded(t, PowerOfTwo, 0, 1, 2, 3, 4)
	var chosen [n]float64
	for range draws {
		chosen[r.Choose(&Request{})]++
	}
	for i, got := range chosen {
		if want := float64(n-1-i) / (n * (n - 1) / 2); got/draws < want-0.01 || got/draws > want+0.01 {
			t.Errorf("replica %d is chosen in %.3f of the cases, want %.3f", i, got/draws, want)
		}
	}
}

// TestVLLMDPGoesByWhatIsPublished is vLLM's score: four for each that waits or was sent since, one for each
// that runs.
func TestVLLMDPGoesByWhatIsPublished(t *testing.T) {
	r := loaded(t, VLLMDP, 0, 0, 0)
	publish := r.(Subscriber).Publish
	for i, want := range []int{0, 1, 2, 0, 1} {
		if got := r.Choose(&Request{}); got != want {
			t.Fatalf("request %d of a burst goes to replica %d, want %d", i, got, want)
		}
	}
	publish(0, Notice{Waiting: 1, Running: 1}) // 5
	publish(1, Notice{Running: 6})
	publish(2, Notice{Waiting: 2}) // 8
	for i, want := range []int{0, 1, 2, 0, 1} {
		if got := r.Choose(&Request{}); got != want {
			t.Errorf("request %d, after the counts were published, goes to replica %d, want %d", i, got, want)
		}
	}
}

// TestSessionsStick to a replica, many of them to all alike; requests without one go anywhere.
func TestSessionsStick(t *testing.T) {
	const n, sessions = 7, 70_000
	r := loaded(t, SessionSticky, make([]int, n)...)
	var named, alone [n]int
	for i := range sessions {
		first := r.Choose(&Request{Index: 2 * i, Session: uint64(i + 1)})
		if again := r.Choose(&Request{Index: 2*i + 1, Session: uint64(i + 1)}); again != first {
			t.Fatalf("session %d goes to replica %d, then to %d", i, first, again)
		}
		named[first]++
		alone[r.Choose(&Request{Index: i})]++
	}
	for i := range n {
		if least := min(named[i], alone[i]); least < sessions/n*95/100 {
			t.Errorf("replica %d gets %d sessions and %d requests without one, of %d", i, named[i], alone[i], sessions)
		}
	}
}

// counts are cached blocks by replica.
func counts(blocks []int) func(int) int { return func(replica int) int { return blocks[replica] } }

// Every router keeps to its replicas, and gives all of equal ones some requests in the long run.
func TestRoutersKnowTheirReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "replicas")
		name := rapid.SampledFrom(Names()).Draw(t, "router")
		r, err := New(name, &Terms{Replicas: Alike(n), Seed: rapid.Uint64().Draw(t, "seed"), Options: Defaults()})
		if err != nil {
			t.Fatal(err)
		}
		met := make([]bool, n)
		for asked := range 200 {
			i := r.Choose(&Request{Index: asked, Input: 8, Overlap: make([]int, n), Cached: counts(make([]int, n))})
			if i < 0 || i >= n {
				t.Fatalf("replica %d of %d", i, n)
			}
			met[i] = true
			if w, ok := r.(Watcher); ok {
				w.Load(i, 1)
			}
		}
		for i := range met {
			if !met[i] {
				t.Fatalf("replica %d of %d gets nothing", i, n)
			}
		}
	})
}

func TestUnknownRouter(t *testing.T) {
	_, err := New("random", &Terms{Replicas: Alike(2)})
	const want = `unknown router "random"; one of round-robin, least-outstanding, power-of-two, vllm-dp, session-sticky, ` +
		`prefix-affinity, kv, weighted, least-kv`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// Of a prompt's 4 blocks the first replica has 3 and 5 in hand, the second none and 1. A block to compute
// costs 1+5 = 6 and 4+1 = 5 where it counts once, and 2+5 = 7 and 8+1 = 9 where it counts twice.
func TestKVWeighsPrefillAgainstLoad(t *testing.T) {
	for weight, want := range map[float64]int{1: 1, 2: 0} {
		two := []Member{{100, 16}, {100, 16}}
		k := newKV(&Terms{Replicas: two, Options: Options{OverlapWeight: weight}}).(*dynamoKV)
		k.add(0, 0, 5)
		k.add(1, 0, 1)
		ask := &Request{Input: 64, Overlap: []int{48, 0}, Holders: []int{0}, Cached: counts([]int{3, 0})}
		if got := k.Choose(ask); got != want {
			t.Errorf("with weight %v replica %d, want %d", weight, got, want)
		}
	}
}

// Prompts count until their first token, blocks until the answer.
func TestKVFollowsWhatItSent(t *testing.T) {
	k := newKV(&Terms{Replicas: []Member{{100, 16}, {100, 16}}, Options: Defaults()}).(*dynamoKV)
	ask := func(index, input int) int {
		return k.Choose(&Request{Index: index, Input: input, Overlap: []int{0, 0}, Cached: counts([]int{0, 1})})
	}
	for i, want := range []int{0, 1, 1} { // the smaller tree; 20+10 in hand; then 4+2 there, less
		if got := ask(i, []int{160, 32, 32}[i]); got != want {
			t.Fatalf("request %d goes to replica %d, want %d", i, got, want)
		}
	}
	k.Begun(0) // 10 blocks there, 4+4 here
	if got := ask(3, 16); got != 1 {
		t.Errorf("replica %d, want the one with less in hand", got)
	}
	k.Ended(0)
	if got := ask(4, 16); got != 0 || k.sent.Len() != 4 {
		t.Errorf("replica %d, want the one with nothing in hand; %d are remembered", got, k.sent.Len())
	}
}

// At a temperature the range of costs is divided by, each step of it is e times rarer.
func TestKVDrawsBySoftmax(t *testing.T) {
	const draws = 100_000
	k := newKV(&Terms{Replicas: Alike(3), Options: Options{OverlapWeight: 1, Temperature: 0.5}}).(*dynamoKV)
	var counts [3]float64
	k.blocks = []int{10, 20, 30}
	for i := range draws {
		counts[k.drawn(&Request{Index: i})]++
	}
	// exp(0), exp(−½/½) and exp(−1/½) of their sum
	for i, want := range []float64{0.665241, 0.244728, 0.090031} {
		if got := counts[i] / draws; got < want-0.005 || got > want+0.005 {
			t.Errorf("replica %d is drawn in %.3f of the cases, want %.3f", i, got, want)
		}
	}
}

// plainKV is dynamoKV as it reads: every replica's cost is looked at.
type plainKV struct {
	weight          float64
	members         []Member
	prompts, blocks []int
}

func (k *plainKV) choose(q *Request, seed uint64) int {
	costs := make([]float64, len(k.members))
	for i, m := range k.members {
		tokens := k.prompts[i] + q.Input - q.Overlap[i]
		costs[i] = float64(k.weight*float64(tokens)/float64(m.BlockTokens)) +
			float64(k.blocks[i]+q.Input/m.BlockTokens)
	}
	fewest := math.MaxInt
	for i, c := range costs {
		if c == slices.Min(costs) {
			fewest = min(fewest, q.Cached(i))
		}
	}
	var equal []int
	for i, c := range costs {
		if c == slices.Min(costs) && q.Cached(i) == fewest {
			equal = append(equal, i)
		}
	}
	return equal[anyOf(len(equal), seed, q.Index)]
}

// TestKVLooksAtThoseThatCount holds what it chooses among candidates against all.
func TestKVLooksAtThoseThatCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "replicas")
		plain := plainKV{weight: rapid.SampledFrom([]float64{0, 0.3, 1, 1.7}).Draw(t, "weight"),
			prompts: make([]int, n), blocks: make([]int, n)}
		for range n {
			size := 16
			if rapid.IntRange(0, 20).Draw(t, "other") == 0 {
				size = 24
			}
			plain.members = append(plain.members, Member{100, size})
		}
		const seed = 5
		terms := Terms{Replicas: plain.members, Seed: seed, Options: Options{OverlapWeight: plain.weight}}
		k := newKV(&terms).(*dynamoKV)
		var sent [][3]int // replica, prompt and blocks of each request
		for i := range 40 {
			q := Request{Index: i, Input: rapid.IntRange(1, 300).Draw(t, "input"), Overlap: make([]int, n)}
			for r := range n {
				if rapid.IntRange(0, 2).Draw(t, "holds") == 0 {
					q.Overlap[r] = rapid.IntRange(1, q.Input).Draw(t, "overlap")
					q.Holders = append(q.Holders, r)
				}
			}
			q.Cached = counts(rapid.SliceOfN(rapid.IntRange(0, 2), n, n).Draw(t, "cached"))
			want := plain.choose(&q, seed)
			if got := k.Choose(&q); got != want {
				t.Fatalf("request %d goes to replica %d, should go to %d", i, got, want)
			}
			one := [3]int{want, q.Input - q.Overlap[want], q.Input / plain.members[want].BlockTokens}
			plain.prompts[want] += one[1]
			plain.blocks[want] += one[2]
			sent = append(sent, one)
			for j := range sent {
				x := &sent[j]
				if x[1] > 0 && rapid.IntRange(0, 9).Draw(t, "begun") == 0 {
					k.Begun(j)
					plain.prompts[x[0]] -= x[1]
					x[1] = 0
				}
				if x[2] > 0 && rapid.IntRange(0, 19).Draw(t, "ended") == 0 {
					k.Ended(j)
					plain.prompts[x[0]] -= x[1]
					plain.blocks[x[0]] -= x[2]
					*x = [3]int{}
				}
			}
		}
	})
}

package router

import (
	"testing"

	"pgregory.net/rapid"
)

// loaded is a router with a number of outstanding requests at each replica.
func loaded(t *testing.T, name string, loads ...int) Router {
	t.Helper()
	r, err := New(name, len(loads), 1)
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
	publish(0, 1, 1) // 5
	publish(1, 0, 6)
	publish(2, 2, 0) // 8
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

// Every router keeps to its replicas, and gives all of equal ones some requests in the long run.
func TestRoutersKnowTheirReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "replicas")
		r, err := New(rapid.SampledFrom(Names()).Draw(t, "router"), n, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		met := make([]bool, n)
		for asked := range 200 {
			i := r.Choose(&Request{Index: asked})
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
	_, err := New("random", 2, 0)
	const want = `unknown router "random"; one of round-robin, least-outstanding, power-of-two, vllm-dp, session-sticky`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

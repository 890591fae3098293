package router

import "github.com/roofserve/roofserve/sim/internal/agenda"

// vllmDP is how vLLM's front end divides requests among data-parallel engines: to the one with the smallest
// 4·waiting + running, of equal ones the first, in counts that a coordinator publishes every 100 ms. Until
// the next ones come it counts each request that it sends as one more that waits. (vllm/v1/engine,
// core_client.py: get_core_engine_for_request, and coordinator.py: stats_update_interval_ms.) The
// coordinator's intervals begin where its last one ended; here they do at multiples of 100 ms.
type vllmDP struct{ scores agenda.Agenda }

// waitingWeight is how many running requests a waiting one counts for.
const waitingWeight = 4

func newVLLMDP(s *Terms) Router { return &vllmDP{agenda.New(len(s.Replicas), 0)} }

// Choose is the replica with the smallest score.
func (v *vllmDP) Choose(*Request) int {
	i, score := v.scores.Top()
	v.scores.Set(i, score+waitingWeight)
	return i
}

// Publish replaces a replica's counts.
func (v *vllmDP) Publish(replica int, s Notice) {
	v.scores.Set(replica, int64(waitingWeight*s.Waiting+s.Running))
}

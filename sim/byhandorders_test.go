package sim

import (
	"testing"

	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/workloads"
)

// urgent is a request with a priority.
func urgent(priority int32, q workloads.Request) workloads.Request {
	q.Priority = priority
	return q
}

// One request runs at a time: the first to 2,041, while four come that need a step each.
func TestByHandOrders(t *testing.T) {
	requests := []workloads.Request{
		ask(0, 4, 2), urgent(2, ask(100, 8, 1)), urgent(1, ask(200, 4, 1)), urgent(1, ask(300, 4, 1)),
		urgent(-1, ask(1500, 6, 1)),
	}
	for name, ends := range map[string][4]int{
		order.FCFS:           {3121, 4161, 5201, 6261},
		order.Priority:       {6261, 4141, 5181, 3101}, // the last, the second, the third, the first
		order.ShortestPrompt: {6261, 3081, 4121, 5181}, // the second, the third, the last, the first
	} {
		c := byHand("vllm")
		c.Limits.MaxNumSeqs, c.Order = 1, name
		lives := []life{{First: 1040, Last: 2041}}
		for _, end := range ends {
			lives = append(lives, life{First: end, Last: end})
		}
		expectLives(t, c, requests, lives...)
	}
}

// As in TestByHandPreemption the second is preempted at 1,160. The third is more urgent, so that it does not
// wait behind it for three blocks: after a step that preempts, to 2,161, it runs beside a decode to 3,202.
func TestByHandPreemptedOutOfOrder(t *testing.T) {
	c := byHand("vllm")
	c.Blocks, c.Order = 5, order.Priority
	expectLives(t, c, []workloads.Request{urgent(1, ask(0, 8, 6)), urgent(1, ask(0, 8, 6)), ask(500, 4, 1)},
		life{First: 1160, Last: 6205}, life{First: 1160, Last: 11_299, Preemptions: 1},
		life{First: 3202, Last: 3202})
}

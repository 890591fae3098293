package exhibits

import (
	"fmt"
	"maps"
	"slices"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost/experts"
)

// routedUsers are so many that every expert has work in a step.
const routedUsers = 512

// routings are ways to spread tokens over experts, as the scenario's [routing] table names them.
var routings = [...]struct {
	title string
	keys  map[string]any
}{
	{"every expert alike, against chance", map[string]any{"kind": "balanced"}},
	{"fair, with the chance of each step's tokens", map[string]any{"kind": "uniform"}},
	{"simulated router, bias update", map[string]any{"kind": "simulated", "balance": string(experts.BiasUpdate), "steps": balanceSteps * balanceLooks}},
	{"power law of measured routers (the default)", map[string]any{"kind": "power-law"}},
	{"simulated router, not balanced", map[string]any{"kind": "simulated", "balance": string(experts.Unbalanced)}},
}

// routing asks what uneven experts cost in serving.
func routing(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "routing", Title: "What balance is worth in serving",
		Text: fmt.Sprintf(`DeepSeek-V3 on sixteen H100s, fp8, experts over all of them: %s users in a closed loop, 512 + 512 tokens. The GPU with the most tokens sets the
time of each step, so what training leaves uneven is paid in every step. It is little where reading the experts' weights is most of
a step, as here.`, claims.Number(routedUsers))}
	e.Table.Columns = []string{"routing", "token", "tokens/s", "against the first"}
	var first float64
	for i, r := range routings {
		p, err := routed(l, r.keys)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.title, err)
		}
		against := "—"
		if i == 0 {
			first = p.TPOT
		} else {
			against = more(p.TPOT, first) + " time"
		}
		e.Table.Add(r.title, claims.Write(p.TPOT*1e-3, "ms"), claims.Number(p.Output), against)
	}
	return e, nil
}

// routed runs DeepSeek-V3 under a routing.
func routed(l *article.Lab, keys map[string]any) (*deployments.Point, error) {
	s, err := scenarios.Load("deepseek-v3" + systemsSuffix)
	if err != nil {
		return nil, err
	}
	s.Sweep = nil
	settings := map[string]any{"hardware.device": machines[1].device, "workload.synthetic.requests": 3 * routedUsers,
		"workload.synthetic.arrival.concurrency": routedUsers}
	for key, value := range keys {
		settings["routing."+key] = value
	}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if err := s.Set(key, settings[key], "routing of the article"); err != nil {
			return nil, err
		}
	}
	p, _, err := l.RunScenario(s)
	return p, err
}

package exhibits

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/scenarios"
)

// systemsSuffix marks the built-in scenarios that sweep a system over GPUs and precisions.
const systemsSuffix = "-precisions"

// systems runs every system of the article on A100 and H100 in each precision that it supports there.
func systems(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "serving", Title: "Every system on A100 and H100, in every precision",
		Text: `The built-in scenarios ` + "`*-precisions`" + ` (` + "`roofserve sweep llama-3.1-70b-precisions`" + `): a closed loop of users under one plan, in each
format that fits. Activations say what is multiplied: with bf16 activations narrow weights are only stored and widened when they are
read, as FP8 on an A100 and INT4 everywhere.`}
	e.Table.Columns = []string{"system", "GPUs", "weights", "activations", "weights, GB", "users", "tokens", "first token", "token", "tokens/s", "USD for 1M tokens"}
	for _, name := range scenarios.Names() {
		if !strings.HasSuffix(name, systemsSuffix) {
			continue
		}
		s, err := scenarios.Load(name)
		if err != nil {
			return nil, err
		}
		cases, err := s.Cases()
		if err != nil {
			return nil, err
		}
		for _, c := range cases {
			p, run, err := l.RunScenario(c.Scenario)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			h, y := &run.Scenario.Hardware, &run.Scenario.Workload.Synthetic
			e.Table.Add(run.Parts.Model.Name, fmt.Sprintf("%d × %s", h.GPUs,
				strings.ToUpper(run.Parts.Device.Name[:4])), run.Scenario.Precision.Weights,
				run.Scenario.Precision.Activations, claims.Number(float64(run.Parts.Memory.WeightBytes)/1e9),
				claims.Number(float64(y.Arrival.Concurrency)),
				claims.Number(float64(y.Input.Value))+" + "+claims.Number(float64(y.Output.Value)),
				claims.Write(p.TTFT*1e-3, "s"), claims.Write(p.TPOT*1e-3, "ms"),
				claims.Number(p.Output), fmt.Sprintf("%.2f", p.USDPerMillionOut))
		}
	}
	return e, nil
}

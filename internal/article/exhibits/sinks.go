package exhibits

import (
	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/sim/arch"
)

// sinkWindow is four sink tokens and the last 4,096 (StreamingLLM, arXiv:2309.17453, keeps four sinks).
const sinkWindow = 4 + 4096

// sinks asks what eviction down to sink tokens and a window saves.
func sinks(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "qwen", Title: "What attention sinks save",
		Text: `Qwen2.5-72B on four A100-80GB, bf16, keeping every token or only four sink tokens and the last 4,096 (the built-in scenarios
` + "`qwen2.5-72b-sinks-*`" + `). The simulator knows what eviction saves, not what the model forgets. YaRN changes the angles of positions; it has
no cost in any of these numbers.`}
	e.Table.Columns = []string{"context", "kept", "cache of a sequence", "sequences at once", "first token", "token"}
	for _, context := range [...]int{4 << 10, 32 << 10, 128 << 10} {
		for _, kept := range [...]struct {
			title    string
			override map[string]any
		}{{"every token", nil}, {"4 sinks and 4,096", map[string]any{"attention.window": sinkWindow}}} {
			d := deployments.Deployment{Model: "qwen2.5-72b", Device: "a100-sxm-80gb", GPUs: 4, TP: 4, Weights: fp16, Override: kept.override}
			_, parts, err := d.Resolve()
			if err != nil {
				return nil, err
			}
			held, err := bothWays(l, d, context)
			if err != nil {
				return nil, err
			}
			p, err := l.Run(d, deployments.ClosedLoop{Users: 1, Input: context - answer, Output: answer})
			if err != nil {
				return nil, err
			}
			cache := parts.Model.StateBytesAt(context, &arch.Precision{})
			e.Table.Add(contextName(context), kept.title, claims.Write(float64(cache), "GB"),
				claims.Number(float64(held.Memory)),
				claims.Write(p.TTFT*1e-3, "s"), claims.Write(p.TPOT*1e-3, "ms"))
		}
	}
	return e, nil
}

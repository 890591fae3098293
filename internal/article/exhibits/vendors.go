package exhibits

import (
	"bytes"
	_ "embed" // what vendors measured
	"fmt"
	"strconv"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/fidelity"
)

//go:embed vendors.csv
var vendorsFile []byte

// vendors simulates what vendors measured of the table's systems, as they measured it.
func vendors(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "serving", Title: "What vendors measured on A100s",
		Text: `One sequence alone, as the vendors of these models and engines measured it on A100-80GB, beside the simulator under the same engine
and version: output tokens a second over the whole time, prompts included. Qwen's rows are its own speed tables (QwenLM/Qwen2.5,
docs/source/benchmark/speed_benchmark.rst; [all 71](../fidelity/vendor)), 2,048 generated tokens each. DeepSeek-R1 in INT8 by blocks ran on two
nodes of eight under SGLang of February 2025 (sgl-project/sglang#3730); its lengths are not stated, 128 + 1,024 are assumed.`}
	e.Table.Columns = []string{"model", "GPUs", "weights", "engine", "prompt", "measured", "simulated", "error", "measured, a token", "note"}
	table, err := fidelity.Read("vendors.csv", bytes.NewReader(vendorsFile))
	if err != nil {
		return nil, err
	}
	for i := range table.Rows {
		r := &table.Rows[i]
		s, err := r.Scenario()
		if err != nil {
			return nil, err
		}
		p, _, err := l.RunScenario(s)
		if err != nil {
			return nil, err
		}
		eager := ""
		if r.EnforceEager != nil && *r.EnforceEager {
			eager = ", eager"
		}
		got := p.Output
		e.Table.Add(r.Model, strconv.Itoa(r.GPUs), r.Weights, r.Engine+" "+r.EngineVersion+eager,
			strconv.Itoa(r.InputTokens), claims.Write(r.MeasuredOutputRate, "tok/s"), claims.Write(got, "tok/s"),
			fmt.Sprintf("%+.0f%%", 100*(got/r.MeasuredOutputRate-1)), claims.Write(1/r.MeasuredOutputRate, "ms"),
			r.Cells[len(r.Cells)-1])
	}
	return e, nil
}

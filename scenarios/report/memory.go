package report

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost"
)

// MemoryPlan is how a plan's memory divides, at a context length.
type MemoryPlan struct {
	Scenario *scenarios.Scenario // resolved
	Parts    *scenarios.Parts
	Context  int        // tokens of each sequence
	Smallest *cost.Plan // nil where none was found
}

// Sequences is how many sequences of the context fit at once in one replica.
func (m *MemoryPlan) Sequences() int { return m.Parts.Memory.Sequences(m.Context) * m.Parts.Plan.DP }

// Memory is the JSON object of a memory plan.
func Memory(m *MemoryPlan) any {
	y := &m.Parts.Memory
	o := &object{}
	o.set("model", m.Parts.Model.Name)
	o.set("device", m.Parts.Device.Name)
	o.set("plan", planObject(m.Parts.Plan))
	o.set("precision", m.Scenario.Precision)
	o.set("fits", y.Fits())
	o.set("device_bytes", float64(y.DeviceBytes))
	o.set("gpu_memory_utilization", m.Scenario.Engine.GPUMemoryUtilization)
	o.set("weight_bytes", float64(y.WeightBytes))
	o.set("weight_bytes_per_gpu", float64(y.WeightBytesPerGPU))
	o.set("workspace_bytes_per_gpu", float64(y.WorkspaceBytesPerGPU))
	o.set("kv_bytes_per_token", float64(y.KVBytesPerToken))
	o.set("kv_bytes_per_token_per_layer", float64(perLayer(m.Parts.Model, &m.Parts.Plan.Precision)))
	o.set("state_bytes_per_sequence", float64(y.StateBytesPerSequence))
	o.set("kv_pool_bytes", math.Floor(float64(y.PoolBytesPerGPU))*float64(m.Parts.Plan.GPUs()))
	o.set("kv_pool_bytes_per_gpu", math.Floor(float64(y.PoolBytesPerGPU)))
	o.set("num_gpu_blocks", y.Blocks)
	o.set("context", m.Context)
	o.set("max_concurrent_sequences", m.Sequences())
	o.set("longest_context", y.LongestContext(m.Parts.Model.MaxContext))
	o.set("short_by_bytes", math.Ceil(float64(y.ShortBy)))
	if m.Smallest == nil {
		o.set("smallest_plan", nil)
	} else {
		o.set("smallest_plan", planObject(*m.Smallest))
	}
	o.set("warnings", append([]string{}, m.Parts.Warnings...))
	return o
}

func planObject(p cost.Plan) object {
	return object{{"gpus", p.GPUs()}, {"nodes", p.GPUs() / p.GPUsPerNode}, {"tp", p.TP}, {"pp", p.PP}, {"dp", p.DP}, {"ep", p.EP}, {"cp", max(1, p.CP)}}
}

// WriteMemory writes a memory plan for people.
func WriteMemory(w io.Writer, m *MemoryPlan) error {
	y, s := &m.Parts.Memory, m.Scenario
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("plan", "%s on %d × %s: %s, %s", m.Parts.Model.Name, s.Hardware.GPUs, m.Parts.Device.Name, planText(&s.Parallel), precisionText(&s.Precision))
	row("weights", "%s in all, %s on each GPU", gigabytes(y.WeightBytes), gigabytes(y.WeightBytesPerGPU))
	row("usable", "%s of %s on each GPU, %s of it workspace", percent(s.Engine.GPUMemoryUtilization),
		gigabytes(y.DeviceBytes), gigabytes(y.WorkspaceBytesPerGPU))
	row("KV cache", "%s bytes a token, %s bytes a token and layer", grouped(float64(y.KVBytesPerToken)),
		grouped(float64(perLayer(m.Parts.Model, &m.Parts.Plan.Precision))))
	if y.Fits() {
		row("fits", "yes: %s on each GPU are left for %s blocks of %d tokens", gigabytes(y.PoolBytesPerGPU), grouped(float64(y.Blocks)), y.Layout.BlockTokens)
		row("room for", "%s sequences of %s tokens, or one of %s", grouped(float64(m.Sequences())), grouped(float64(m.Context)),
			grouped(float64(y.LongestContext(m.Parts.Model.MaxContext))))
	} else {
		row("fits", "no: short by %s bytes on each GPU", grouped(float64(y.ShortBy)))
	}
	if m.Smallest != nil {
		p := m.Smallest
		row("smallest", "%d GPUs: tp %d, pp %d, dp %d, ep %d", p.GPUs(), p.TP, p.PP, p.DP, p.EP)
	}
	for _, warning := range m.Parts.Warnings {
		row("warning", "%s", warning)
	}
	return t.Flush()
}

package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
)

// MemoryPlan is how a plan's memory divides, at a context length.
type MemoryPlan struct {
	Scenario *scenarios.Scenario // resolved
	Parts    *scenarios.Parts
	Context  int                    // tokens of each sequence
	Needs    []scenarios.DeviceNeed // the plan's own device first
}

// NewMemoryPlan looks up what a resolved scenario needs on every device.
func NewMemoryPlan(s *scenarios.Scenario, p *scenarios.Parts, context int) (*MemoryPlan, error) {
	p.WarnOfContext(context)
	needs, err := s.Needs(p, context)
	return &MemoryPlan{Scenario: s, Parts: p, Context: context, Needs: needs}, err
}

// smallest is the smallest plan on the plan's own device; nil where none was found.
func (m *MemoryPlan) smallest() *arch.Plan { return m.Needs[0].Plan }

// Sequences is how many sequences of the context fit at once in one replica.
func (m *MemoryPlan) Sequences() int { return m.sequencesAt(m.Context) }

func (m *MemoryPlan) sequencesAt(context int) int {
	return m.Parts.Memory.Sequences(context) * m.Parts.Plan.DP
}

// concurrency is how many sequences of the context a data-parallel rank's pool holds, as a fraction.
func (m *MemoryPlan) concurrency() float64 {
	return m.Parts.Memory.Concurrency(m.Context, m.Parts.Limits.MaxNumBatchedTokens)
}

// contexts are the lengths at which a table tells how many sequences fit: powers of four, and the longest.
func (m *MemoryPlan) contexts() []int {
	longest := max(m.Context, m.Parts.Limits.MaxModelLen)
	var list []int
	for context := 1024; context < longest; context *= 4 {
		list = append(list, context)
	}
	return append(list, longest)
}

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
	o.set("workspace_bytes_per_gpu", math.Ceil(float64(y.WorkspaceBytesPerGPU())))
	o.set("law", y.Law)
	o.set("activation_bytes_per_gpu", math.Ceil(float64(y.Division.Activations)))
	o.set("graph_bytes_per_gpu", math.Ceil(float64(y.Division.Graphs)))
	o.set("runtime_bytes_per_gpu", math.Ceil(float64(y.Division.Runtime)))
	o.set("kv_bytes_per_token", float64(y.KVBytesPerToken))
	o.set("kv_bytes_per_token_per_layer", float64(perLayer(m.Parts.Model, &m.Parts.Plan.Precision)))
	o.set("state_bytes_per_sequence", float64(y.StateBytesPerSequence))
	o.set("kv_pool_bytes", math.Floor(float64(y.PoolBytesPerGPU))*float64(m.Parts.Plan.GPUs()))
	o.set("kv_pool_bytes_per_gpu", math.Floor(float64(y.PoolBytesPerGPU)))
	o.set("num_gpu_blocks", y.Blocks)
	o.set("kv_cache_tokens", y.Tokens())
	if y.States > 0 {
		o.set("recurrent_states", y.States)
	}
	o.set("max_concurrency", m.concurrency())
	o.set("context", m.Context)
	o.set("max_concurrent_sequences", m.Sequences())
	o.set("longest_context", y.LongestContext(m.Parts.Model.MaxContext))
	o.set("short_by_bytes", math.Ceil(float64(y.ShortBy)))
	if p := m.smallest(); p == nil {
		o.set("smallest_plan", nil)
	} else {
		o.set("smallest_plan", planObject(*p))
	}
	concurrency := []object{}
	for _, context := range m.contexts() {
		concurrency = append(concurrency, object{{"context", context}, {"max_concurrent_sequences", m.sequencesAt(context)}})
	}
	o.set("concurrency", concurrency)
	needs := []object{}
	for i := range m.Needs {
		needs = append(needs, m.needObject(&m.Needs[i]))
	}
	o.set("minimum_gpus", needs)
	o.set("warnings", append([]string{}, m.Parts.Warnings...))
	return o
}

func (m *MemoryPlan) needObject(n *scenarios.DeviceNeed) object {
	if n.Plan == nil {
		return object{{"device", n.Device.Name}, {"gpus", nil}, {"plan", nil}}
	}
	return object{{"device", n.Device.Name}, {"gpus", n.Plan.GPUs()}, {"plan", planObject(*n.Plan)},
		{"weight_bytes_per_gpu", float64(n.Memory.WeightBytesPerGPU)},
		{"max_concurrent_sequences", n.Memory.Sequences(m.Context) * n.Plan.DP}}
}

func planObject(p arch.Plan) object {
	return object{{"gpus", p.GPUs()}, {"nodes", p.GPUs() / p.GPUsPerNode}, {"tp", p.TP}, {"pp", p.PP},
		{"dp", p.DP}, {"ep", p.EP}, {"cp", max(1, p.CP)}}
}

// roomText is what a pool holds.
func roomText(y *kv.Memory) string {
	text := counted(y.Blocks, "block") + " of " + counted(y.Layout.BlockTokens, "token")
	if y.Divided() {
		text = counted(y.Tokens(), "token") + ", and fewer of windows"
	}
	if n := y.MostSequences(); n > 0 {
		text += fmt.Sprintf(", and for %s of %s at once", counted(y.States, "recurrent state"), counted(n, "sequence"))
	}
	return text
}

// WriteMemory writes a memory plan for people.
func WriteMemory(w io.Writer, m *MemoryPlan) error {
	y, s := &m.Parts.Memory, m.Scenario
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("plan", "%s on %d × %s: %s, %s", m.Parts.Model.Name, s.Hardware.GPUs, m.Parts.Device.Name,
		planText(&s.Parallel), precisionText(&s.Precision))
	row("weights", "%s in all, %s on each GPU", gigabytes(y.WeightBytes), gigabytes(y.WeightBytesPerGPU))
	row("usable", "%s of %s on each GPU, by the law of %s", percent(s.Engine.GPUMemoryUtilization),
		gigabytes(y.DeviceBytes), y.Law)
	row("workspace", "%s on each GPU: activations %s, runtime %s, CUDA graphs %s", gigabytes(y.WorkspaceBytesPerGPU()),
		gigabytes(y.Division.Activations), gigabytes(y.Division.Runtime), gigabytes(y.Division.Graphs))
	row("KV cache", "%s bytes a token, %s bytes a token and layer", grouped(float64(y.KVBytesPerToken)),
		grouped(float64(perLayer(m.Parts.Model, &m.Parts.Plan.Precision))))
	if y.Fits() {
		row("fits", "yes: %s on each GPU are left for %s", gigabytes(y.PoolBytesPerGPU), roomText(y))
		row("as logged", "GPU KV cache size: %s tokens; maximum concurrency for %s tokens: %.2fx%s",
			grouped(float64(y.Tokens())), grouped(float64(m.Context)), m.concurrency(), ofEachRank(m.Parts.Plan.DP))
		room := fmt.Sprintf("%s of %s", counted(m.Sequences(), "sequence"), counted(m.Context, "token"))
		if longest := y.LongestContext(m.Parts.Model.MaxContext); longest != m.Context {
			room += ", or one of " + grouped(float64(longest))
		}
		row("room for", "%s", room)
	} else {
		row("fits", "no: short by %s on each GPU", gigabytes(y.ShortBy))
		if y.Startable > 0 {
			row("starts with", "max_model_len = %s at most", grouped(float64(y.Startable)))
		}
	}
	if p := m.smallest(); p != nil {
		row("smallest", "%s: %s", counted(p.GPUs(), "GPU"), dividedText(p))
	}
	for _, warning := range m.Parts.Warnings {
		row("warning", "%s", warning)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b bytes.Buffer
	m.writeConcurrency(&b)
	m.writeNeeds(&b)
	_, err := w.Write(b.Bytes())
	return err
}

// ofEachRank says whose a number is that engines log of each data-parallel rank.
func ofEachRank(ranks int) string {
	if ranks < 2 {
		return ""
	}
	return fmt.Sprintf(", on each of %d data-parallel ranks", ranks)
}

// dividedText is how a plan divides a model.
func dividedText(p *arch.Plan) string {
	return planText(&scenarios.Parallel{TP: p.TP, PP: p.PP, DP: p.DP, EP: p.EP, CP: p.CP})
}

// writeConcurrency writes how many sequences of which context fit at once.
func (m *MemoryPlan) writeConcurrency(b *bytes.Buffer) {
	if !m.Parts.Memory.Fits() {
		return
	}
	var rows [][]string
	for _, context := range m.contexts() {
		state := m.Parts.Model.StateBytesAt(context, &m.Parts.Plan.Precision)
		rows = append(rows, []string{grouped(float64(context)), grouped(float64(m.sequencesAt(context))),
			gigabytes(state)})
	}
	b.WriteByte('\n')
	writeColumns(b, []string{"tokens of each sequence", "sequences at once", "state of one"}, rows)
}

// writeNeeds writes the fewest GPUs of each kind that hold the model.
func (m *MemoryPlan) writeNeeds(b *bytes.Buffer) {
	var rows [][]string
	for i := range m.Needs {
		n := &m.Needs[i]
		if n.Plan == nil {
			rows = append(rows, []string{n.Device.Name, "none"})
			continue
		}
		p := n.Plan
		rows = append(rows, []string{n.Device.Name, fmt.Sprint(p.GPUs()), dividedText(p),
			brief(float64(p.GPUs()) * float64(n.Device.PricePerHour)), gigabytes(n.Memory.WeightBytesPerGPU),
			grouped(float64(n.Memory.Sequences(m.Context) * p.DP))})
	}
	b.WriteByte('\n')
	writeColumns(b, []string{"device", "fewest GPUs", "plan", "USD/h", "weights on each",
		fmt.Sprintf("sequences of %s", grouped(float64(m.Context)))}, rows)
}

package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
)

// cachePrecision counts caches in bf16, so that architectures compare whatever their checkpoints' formats.
func cachePrecision(m *arch.Model) *arch.Precision {
	p := m.Published
	p.KV = units.BF16
	return &p
}

// perLayer is what a token adds to the cache of one layer, of those that keep most.
func perLayer(m *arch.Model, p *arch.Precision) units.Bytes {
	var most units.Bytes
	for _, c := range m.Caches(p) {
		most = max(most, c.BytesPerToken)
	}
	return most
}

// Model is the JSON object of a model's counts. Cache sizes are those of a bf16 cache.
func Model(m *arch.Model, warnings []string) any {
	total, active, gemm := m.Params()
	p := cachePrecision(m)
	o := &object{}
	o.set("name", m.Name)
	o.set("id", m.ID)
	o.set("source", m.Source)
	o.set("inferred", append([]string{}, m.Inferred...))
	o.set("params", object{{"total", total}, {"active", active}, {"active_gemm", gemm}, {"text", total},
		{"mtp", m.MTPParams()}, {"vision", m.VisionParams}})
	o.set("layers", m.Layers())
	o.set("hidden", m.Hidden)
	o.set("vocab", m.Vocab)
	o.set("max_context", m.MaxContext)
	o.set("weight_bytes", float64(m.WeightBytes(p)))
	o.set("kv_bytes_per_token", float64(m.KVBytesPerToken(p)))
	o.set("kv_bytes_per_token_per_layer", float64(perLayer(m, p)))
	o.set("state_bytes_per_sequence", float64(m.StateBytesPerSequence()))
	caches := []object{}
	for _, c := range m.Caches(p) {
		caches = append(caches, object{{"mixer", c.Name}, {"kind", c.Kind}, {"reach", c.Reach.String()}, {"layers", c.Layers},
			{"bytes_per_token", float64(c.BytesPerToken)}, {"bytes_per_sequence", float64(c.ConstantBytesPerLayer)}})
	}
	o.set("caches", caches)
	o.set("warnings", append([]string{}, warnings...))
	return o
}

// WriteModel writes a model's counts for people.
func WriteModel(w io.Writer, m *arch.Model, warnings []string) error {
	total, active, gemm := m.Params()
	p := cachePrecision(m)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("name", "%s", m.Name)
	if m.ID != "" {
		row("id", "%s", m.ID)
	}
	row("source", "%s", m.Source)
	if len(m.Inferred) > 0 {
		row("estimates", "%s", strings.Join(m.Inferred, ", "))
	}
	row("parameters", "%s in all, %s active for a token (%s in matrix products)", billions(total), billions(active), billions(gemm))
	if n := m.MTPParams(); n > 0 {
		row("  multi-token prediction", "%s more", billions(n))
	}
	if m.VisionParams > 0 {
		row("  towers", "%s more", billions(m.VisionParams))
	}
	experts := ""
	if scenarios.ExpertLayer(m) != nil {
		experts = fmt.Sprintf(", experts %s", p.Experts)
	}
	row("weights", "%s as published (attention %s, dense %s%s)", gigabytes(m.WeightBytes(p)), p.Attention, p.Dense, experts)
	row("layers", "%d of width %s, vocabulary %s", m.Layers(), grouped(float64(m.Hidden)), grouped(float64(m.Vocab)))
	row("context", "%s tokens", grouped(float64(m.MaxContext)))
	row("KV cache", "%s bytes for each token in bf16", grouped(float64(m.KVBytesPerToken(p))))
	for _, c := range m.Caches(p) {
		row("  "+c.Name, "%s of %s, reach %s: %s bytes a token, %s bytes a sequence", counted(c.Layers, "layer"), c.Kind, c.Reach,
			grouped(float64(c.BytesPerToken)), grouped(float64(c.ConstantBytesPerLayer)))
	}
	for _, warning := range warnings {
		row("warning", "%s", warning)
	}
	return t.Flush()
}

// ModelRow is one line of a list of models.
func ModelRow(m *arch.Model) []string {
	total, active, _ := m.Params()
	p := cachePrecision(m)
	id := m.ID
	if len(m.Inferred) > 0 {
		id = strings.TrimSpace(id + " (estimate)")
	}
	return []string{m.Name, billions(total), billions(active), fmt.Sprint(m.Layers()),
		grouped(float64(m.MaxContext)),
		grouped(float64(m.KVBytesPerToken(p))), id}
}

// ModelColumns heads a list of models.
var ModelColumns = []string{"NAME", "PARAMETERS", "ACTIVE", "LAYERS", "CONTEXT", "KV BYTES/TOKEN", "HUGGING FACE ID"}

// billions writes a count in 1e9.
func billions(n float64) string { return brief(n/1e9) + "B" }

// WriteTable writes rows in columns.
func WriteTable(w io.Writer, columns []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(columns, "\t"))
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

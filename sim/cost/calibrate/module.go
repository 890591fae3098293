package calibrate

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// blockSizes are the sizes of a model's attention block (the models' config.json).
type blockSizes struct{ hidden, queryRank, nope, value, indexHeads int }

var (
	// DeepSeek-V3 and V3.2
	deepseekBlock = blockSizes{hidden: 7168, queryRank: 1536, nope: 128, value: 128, indexHeads: 64}
	// GLM-5, GLM-5.2
	glmBlock = blockSizes{hidden: 6144, queryRank: 2048, nope: 192, value: 256, indexHeads: 32}
)

// module is a measured row of a whole attention block, with its projections.
type module struct {
	version, family, kernel, kv, gemm string
	heads, batch, tokens, cached      int // tokens and cached ones of each sequence
	latency                           units.Seconds
	sizes                             blockSizes
	indexed                           bool // runs its own indexer, rather than sharing another layer's choice
}

// where identifies the modules that differ from a row only in what the arguments say.
type where struct {
	version, family, kv, gemm string
	heads, batch              int
	tokens, cached            int
}

func (m *module) at(tokens, cached int) where {
	return where{m.version, m.family, m.kv, m.gemm, m.heads, m.batch, tokens, cached}
}

// modules are the rows of one phase: of sparse blocks with an indexer, of those without, and of dense MLA's.
type modules struct{ indexed, shared, dense map[where]module }

// readModules reads the rows of one phase; either file may be left out.
func readModules(dir fs.FS, sparse, dense string) (modules, error) {
	all := modules{map[where]module{}, map[where]module{}, map[where]module{}}
	read := func(into func(*module) map[where]module) func(*Row) {
		return func(r *Row) {
			m := module{version: r.Text("engine"), family: "deepseek", kernel: r.Text("kernel"), kv: r.latentFormat(),
				gemm: r.Text("gemm_type"), heads: r.Size("num_heads"), batch: r.Size("batch_size"), tokens: r.Size("isl"),
				cached: r.Count("step"), latency: r.Latency(), sizes: deepseekBlock}
			if strings.Contains(r.Text("model"), "GLM") {
				m.family, m.sizes = "glm", glmBlock
			}
			m.indexed = !strings.Contains(m.kernel, "skip_indexer")
			if !strings.Contains(m.kernel, "dense") {
				into(&m)[m.at(m.tokens, m.cached)] = m
			}
		}
	}
	var err error
	if sparse != "" {
		err = readRows(dir, sparse, read(func(m *module) map[where]module {
			if m.indexed {
				return all.indexed
			}
			return all.shared
		}))
	}
	if dense == "" {
		return all, err
	}
	for _, file := range bothFiles(dense) {
		if err == nil {
			err = readRows(dir, file, read(func(*module) map[where]module { return all.dense }))
		}
	}
	return all, err
}

// orderedPlaces are a map's keys in a fixed order.
func orderedPlaces(rows map[where]module) []where {
	return slices.SortedFunc(maps.Keys(rows), func(a, b where) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
}

// sample is a whole block as a sample.
func (m *module) sample(predict func(*kernels.Set) units.Seconds) Sample {
	return Sample{Group: fmt.Sprintf("heads=%d", m.heads),
		Shape:    fmt.Sprintf("batch=%d tokens=%d cached=%d %s", m.batch, m.tokens, m.cached, m.gemm),
		Measured: m.latency, Predict: predict}
}

// gemmTime is the time of a projection over rows in the row's format.
func (m *module) gemmTime(d *hw.Device, s *kernels.Set, rows, n, k int) units.Seconds {
	shape := kernels.GEMMShape{M: rows, N: n, K: k, Weights: units.BF16, Activations: units.BF16}
	if m.gemm == "fp8_block" {
		shape.Weights, shape.Activations = units.FP8Block, units.FP8
	}
	return s.GEMM.Time(d, shape)
}

// projections are those of absorbed MLA, with both halves of kv_b.
func (m *module) projections(d *hw.Device, s *kernels.Set) units.Seconds {
	rows, z := m.batch*m.tokens, m.sizes
	return m.outside(d, s) +
		s.Batched.Time(d, kernels.BatchedShape{Batch: m.heads, M: rows, N: latentDim, K: z.nope,
			Format: units.BF16}) +
		s.Batched.Time(d, kernels.BatchedShape{Batch: m.heads, M: rows, N: z.value, K: latentDim,
			Format: units.BF16})
}

// expandedProjections are those of MLA's expanded form, with the keys and values of every head.
func (m *module) expandedProjections(d *hw.Device, s *kernels.Set) units.Seconds {
	return m.outside(d, s) + m.gemmTime(d, s, m.batch*m.tokens, m.heads*(m.sizes.nope+m.sizes.value), latentDim)
}

// outside is what both forms have: latents, queries and output, and the norms, rotation and cache writes
// between.
func (m *module) outside(d *hw.Device, s *kernels.Set) units.Seconds {
	rows, z := m.batch*m.tokens, m.sizes
	t := m.gemmTime(d, s, rows, z.queryRank+latentDim+ropeDim, z.hidden) +
		m.gemmTime(d, s, rows, m.heads*(z.nope+ropeDim), z.queryRank) + m.gemmTime(d, s, rows, z.hidden,
		m.heads*z.value)
	for _, values := range []int{2 * (z.queryRank + latentDim), 2 * ropeDim * (m.heads + 1),
		2 * (latentDim + ropeDim)} {
		t += s.Pointwise.Time(d, 1, units.BF16.Bytes(float64(rows*values)))
	}
	return t
}

// pairs counts the query-key pairs of all sequences where a query sees at most most keys.
func (m *module) pairs(most int) int64 {
	growing := int64(min(max(most-m.cached, 0), m.tokens)) // queries before which fewer than most keys stand
	pairs := growing*int64(m.cached) + growing*(growing+1)/2 + (int64(m.tokens)-growing)*int64(most)
	return pairs * int64(m.batch)
}

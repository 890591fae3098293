package exhibits

import (
	"strconv"

	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/sim/arch"
)

// kinds are the kinds of attention, each with a model that has it.
var kinds = [...]struct {
	model, title string
	look         look
}{
	{"gpt-4", "MHA: GPT-4 (estimate)", look{color: figure.Sky}},
	{"llama-3.1-405b", "GQA: Llama-3.1-405B", look{color: figure.Grey, dashed: true}},
	{"llama-3.1-70b", "GQA: Llama-3.1-70B", look{color: figure.Grey}},
	{"gemma-3-27b", "window and full 5:1: Gemma-3-27B", look{color: figure.Orange}},
	{"kimi-1.5", "hierarchical: Kimi 1.5 (estimate)", look{color: figure.Vermilion}},
	{"deepseek-v3", "MLA: DeepSeek-V3", look{color: figure.Blue}},
	{"deepseek-v3.2", "MLA and an indexer: DeepSeek-V3.2", look{color: figure.Blue, dashed: true}},
	{"qwen3-next-80b-a3b", "recurrent and full 3:1: Qwen3-Next-80B", look{color: figure.Green}},
	{"kimi-linear-48b-a3b", "recurrent and MLA 3:1: Kimi-Linear-48B", look{color: figure.Purple}},
}

// articleContexts are the rows of the article's table of caches, in tokens.
var articleContexts = [...]int{4 << 10, 32 << 10, 128 << 10, 512 << 10, 2 << 20}

// cache draws what one sequence keeps against its context for every kind of attention.
func cache(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "kimi", Title: "The cache by context, of whole models",
		Text: `What one sequence keeps at a context, all layers together, in 16 bits: the article's table for models that exist. GB are 10⁹ bytes. Beyond
the context that a model was published for, its line is dashed.`}
	e.Table.Columns = []string{"attention and model", "layers", "bytes a token and layer"}
	for _, c := range articleContexts {
		e.Table.Columns = append(e.Table.Columns, contextName(c))
	}
	e.Figure = alone("cache", "The cache of one sequence, by kind of attention", "all layers, 16 bits  ·  dashed thin: beyond the published context", 860, 470)
	e.Figure.Data.Columns = []string{"kind", "model", "context_tokens", "cache_bytes", "published_context"}
	p := figure.NewPlot("", "context (tokens)", "cache of one sequence (GB)")
	for _, k := range kinds {
		m, err := l.Model(k.model)
		if err != nil {
			return nil, err
		}
		var within, beyond plotter.XYs
		for _, context := range contextsTo(2 << 20) {
			bytes := float64(m.StateBytesAt(context, &arch.Precision{}))
			point := plotter.XY{X: float64(context), Y: bytes / 1e9}
			if context <= m.MaxContext {
				within = append(within, point)
			}
			if context >= m.MaxContext {
				beyond = append(beyond, point)
			}
			e.Figure.Data.Add(k.title, k.model, strconv.Itoa(context), figure.Cell(bytes),
				strconv.FormatBool(context <= m.MaxContext))
		}
		if err := curve(p, k.title, k.look, within); err != nil {
			return nil, err
		}
		if err := faint(p, k.look.color, beyond); err != nil {
			return nil, err
		}
		e.Table.Add(cacheRow(k.title, m)...)
	}
	logarithmic(p, 0.01, 100_000)
	p.X.Min, p.X.Max = 1024, 2<<20
	p.Legend.Left = true
	e.Figure.Panels[0] = append(e.Figure.Panels[0], p)
	return e, nil
}

func cacheRow(title string, m *arch.Model) []string {
	caches := m.Caches(&arch.Precision{})
	text := ""
	for i, c := range caches {
		if i > 0 {
			text += "; "
		}
		bytes := "none"
		if c.BytesPerToken > 0 {
			bytes = claims.Number(float64(c.BytesPerToken))
		}
		text += bytes + " in " + strconv.Itoa(c.Layers)
	}
	row := []string{title, strconv.Itoa(m.Layers()), text}
	for _, context := range articleContexts {
		row = append(row, claims.Write(float64(m.StateBytesAt(context, &arch.Precision{})), "GB"))
	}
	return row
}

package exhibits

import (
	"fmt"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/deployments"
)

// attentions are Kimi 1.5's stack with one kind of attention or another.
var attentions = [...]struct {
	title string
	mixer map[string]any // nil: as the article describes it
	look  look
}{
	{"hierarchical", nil, look{color: figure.Vermilion}},
	{"full, 8 KV heads", map[string]any{"kind": "attention", "window": 0}, look{color: figure.Grey}},
	{"MLA of DeepSeek-V3", map[string]any{"kind": "mla", "q_rank": 1536, "kv_rank": 512, "rope_dim": 64, "nope_dim": 128, "value_dim": 128}, look{color: figure.Blue}},
}

// longContexts are what prompts are simulated at, in tokens.
var longContexts = [...]int{4 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10, 256 << 10, 512 << 10, 1 << 20,
	2_000_000}

// answer is how many tokens follow a prompt.
const answer = 32

// longContext asks where hierarchical attention wins.
func longContext(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "kimi", Title: "Where hierarchical attention wins"}
	e.Table.Columns = []string{"context"}
	for _, a := range attentions {
		e.Table.Columns = append(e.Table.Columns, a.title+": first token", "token", "cache")
	}
	prefill := figure.NewPlot("One prompt", "context (tokens)", "time to the first token (s)")
	decode := figure.NewPlot("One sequence", "context (tokens)", "time per output token (ms)")
	e.Figure = alone("longcontext", "One stack, three kinds of attention", "Kimi 1.5 (estimate), 8 × H100-80GB, bf16, TP 8  ·  thin dashed: the cache does not fit",
		860, 400, prefill, decode)
	e.Figure.Data.Columns = []string{"attention", "context_tokens", "ttft_s", "tpot_ms", "cache_bytes", "fits"}
	rows := make([][]string, len(longContexts))
	var curves [len(attentions)][]longPoint
	for i, a := range attentions {
		points, err := longPoints(l, a.mixer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.title, err)
		}
		curves[i] = points
		for n, p := range points {
			cache := claims.Write(p.cache, "GB")
			if !p.fits {
				cache += ", does not fit"
			}
			rows[n] = append(rows[n], claims.Write(p.ttft, "s"), claims.Write(p.tpot, "ms"), cache)
			e.Figure.Data.Add(a.title, strconv.Itoa(longContexts[n]), figure.Cell(p.ttft), figure.Cell(p.tpot*1e3),
				figure.Cell(p.cache), strconv.FormatBool(p.fits))
		}
		for _, panel := range []struct {
			p     *plot.Plot
			value func(longPoint) float64
		}{{prefill, func(q longPoint) float64 { return q.ttft }},
			{decode, func(q longPoint) float64 { return q.tpot * 1e3 }}} {
			if err := longCurve(panel.p, a.title, a.look, points, panel.value); err != nil {
				return nil, err
			}
		}
	}
	for n, c := range longContexts {
		e.Table.Add(append([]string{contextName(c)}, rows[n]...)...)
	}
	e.Text = longText(curves[0], curves[1], curves[2])
	logarithmic(prefill, 0.1, 10_000)
	logarithmic(decode, 10, 500)
	prefill.Legend.Left, decode.Legend.Left = true, true
	return e, nil
}

// longPoint is what a stack does at a context.
type longPoint struct {
	context           int
	ttft, tpot, cache float64 // s, s, bytes
	fits              bool
}

// longPoints simulates one request at each context, with as much cache as it needs.
func longPoints(l *article.Lab, mixer map[string]any) ([]longPoint, error) {
	d := deployments.Deployment{Model: "kimi-1.5", Device: "h100-sxm-80gb", GPUs: gpusPerNode, TP: gpusPerNode, Weights: fp16}
	if mixer != nil {
		d.Override = map[string]any{"hierarchical": mixer}
	}
	_, parts, err := d.Resolve()
	if err != nil {
		return nil, err
	}
	points := make([]longPoint, len(longContexts))
	for i, context := range longContexts {
		layout, null := &parts.Memory.Layout, parts.Memory.NullBlocks
		blocks := layout.Blocks(context) + null
		p, err := l.Run(d, deployments.ClosedLoop{Users: 1, Requests: 1, Input: context - answer, Output: answer,
			Blocks: layout.Peak(context, parts.Limits.MaxNumBatchedTokens) + null})
		if err != nil {
			return nil, err
		}
		points[i] = longPoint{context, p.TTFT * 1e-3, p.TPOT * 1e-3,
			float64(parts.Model.StateBytesAt(context, &parts.Plan.Precision)), blocks <= parts.Memory.Blocks}
	}
	return points, nil
}

// longCurve draws a curve, thin and dashed where the cache does not fit.
func longCurve(p *plot.Plot, name string, l look, points []longPoint, value func(longPoint) float64) error {
	var within, beyond plotter.XYs
	for i, q := range points {
		at := plotter.XY{X: float64(q.context), Y: value(q)}
		if q.fits {
			within = append(within, at)
		}
		if !q.fits || i+1 < len(points) && !points[i+1].fits {
			beyond = append(beyond, at)
		}
	}
	if err := curve(p, name, l, within); err != nil {
		return err
	}
	return faint(p, l.color, beyond)
}

// longText says where hierarchical attention overtakes the others.
func longText(own, full, latent []longPoint) string {
	ttft, tpot := func(p longPoint) float64 { return p.ttft }, func(p longPoint) float64 { return p.tpot }
	kept := func(p longPoint) float64 { return p.cache }
	last := len(own) - 1
	return fmt.Sprintf(`The estimate of Kimi 1.5 with its hierarchical attention, the same stack with full attention over 8 KV heads, and with MLA of DeepSeek-V3's
ranks, one request at a time. Against full attention, hierarchical attention has the shorter prefill %s, the shorter decode step %s
and the smaller cache %s; against MLA the shorter prefill %s, the shorter decode step %s and the smaller cache %s. At %s tokens full
attention would take %s to the first token, hierarchical %s: “impossible” is too strong a word, but on eight GPUs the cache of full
attention (%s) does not fit, nor MLA's, which TP 8 copies eight times. What quality a stride of 16 costs is not a question for a simulator.`,
		from(own, full, ttft), from(own, full, tpot), from(own, full, kept), from(own, latent, ttft),
		from(own, latent, tpot), from(own, latent, kept),
		contextName(own[last].context), claims.Write(full[last].ttft, "min"), claims.Write(own[last].ttft, "min"),
		claims.Write(full[last].cache, "GB"))
}

// from says from which simulated context on one stack is below another.
func from(own, other []longPoint, value func(longPoint) float64) string {
	first := len(own)
	for i := len(own) - 1; i >= 0 && value(own[i]) < value(other[i]); i-- {
		first = i
	}
	switch first {
	case len(own):
		return "nowhere"
	case 0:
		return "everywhere"
	default:
		return "from " + contextName(own[first].context) + " on"
	}
}

package exhibits

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/deployments"
)

// measured are the contexts whose concurrency is simulated too, in tokens.
var measured = [...]int{4 << 10, 16 << 10, 32 << 10, 128 << 10, 512 << 10, 2_000_000}

// agreement is how far, relatively, the simulator may be from the memory model.
const agreement = 0.02

// nodeLooks are the curves of the nodes, in their order.
var nodeLooks = [...]look{{color: figure.Grey}, {color: figure.Grey, dashed: true}, {color: figure.Sky},
	{color: figure.Blue, dashed: true},
	{color: figure.Blue}, {color: figure.Orange}, {color: figure.Green}, {color: figure.Purple},
	{color: figure.Vermilion}}

// concurrency asks how many sequences each system holds at once.
func concurrency(l *article.Lab) (*Exhibit, error) {
	list, err := nodes()
	if err != nil {
		return nil, err
	}
	e := &Exhibit{Section: "deployment", Title: "Concurrent sequences: memory model, simulator, and ratio to Llama-70B",
		Text: `How many sequences of a context the cache holds at once on eight GPUs. Each cell has the memory model's number (cache ÷ blocks of a
sequence), the number that the simulator reached when three times as many asked, and the ratio to Llama-3.1-70B on the same
GPUs. The two numbers must agree within 2%: the page is not written otherwise. MLA's latent is copied to every tensor-parallel
rank, which is why DeepSeek-V3 holds fewer sequences than Llama-70B at TP 8 and more with data-parallel attention; the claim of
“4x” is true of neither. Its fp8 weights do not fit on eight GPUs of 80 GB, so it stands here in INT4. An empty cell is beyond the
model's context; 0 is what does not fit.`}
	e.Table.Columns = []string{"GPUs", "system", "weights"}
	for _, c := range measured {
		e.Table.Columns = append(e.Table.Columns, contextName(c))
	}
	e.Figure = alone("concurrency", "How many sequences fit", "one node of eight GPUs  ·  lines: memory model, dots: simulator under saturation  ·  Qwen2.5-72B lies on Llama-3.1-70B",
		860, 430)
	e.Figure.Data.Columns = []string{"gpus", "system", "weights", "context_tokens", "memory_model", "simulated"}
	var panels []*plot.Plot
	for i, m := range machines {
		p := figure.NewPlot(m.title, "context (tokens)", "sequences at once")
		for n := range list {
			if err := addNode(l, e, p, m, list, n); err != nil {
				return nil, err
			}
		}
		logarithmic(p, 1, 20000)
		p.X.Min, p.X.Max = 1024, 2_000_000
		if i == 0 {
			p.Legend = plot.NewLegend()
		}
		panels = append(panels, p)
	}
	e.Figure.Panels = [][]*plot.Plot{panels}
	return e, nil
}

// addNode adds a node's row to the table and its curve to the panel.
func addNode(l *article.Lab, e *Exhibit, p *plot.Plot, m machine, list []node, n int) error {
	system := &list[n]
	model, err := l.Model(system.Model)
	if err != nil {
		return err
	}
	reference, err := l.Model(list[0].Model)
	if err != nil {
		return err
	}
	row := []string{m.title, system.Title, system.Weights}
	var points plotter.XYs
	for _, context := range measured {
		if context > model.MaxContext {
			row = append(row, "")
			continue
		}
		c, err := bothWays(l, system.on(m.device), context)
		if err != nil {
			return err
		}
		cell := claims.Number(float64(c.Memory)) + " / " + claims.Number(c.Simulated)
		if context <= reference.MaxContext {
			of, err := l.Concurrency(list[0].on(m.device), context)
			if err != nil {
				return err
			}
			cell += fmt.Sprintf(", %.2fx", float64(c.Memory)/float64(of.Memory))
		}
		row = append(row, cell)
		if c.Memory > 0 {
			points = append(points, plotter.XY{X: float64(context), Y: float64(c.Memory)})
		}
		e.Figure.Data.Add(m.title, system.Title, system.Weights, strconv.Itoa(context), strconv.Itoa(c.Memory),
			figure.Cell(c.Simulated))
	}
	e.Table.Add(row...)
	line, err := heldByMemory(system.on(m.device), model.MaxContext)
	if err != nil {
		return err
	}
	if err := curve(p, system.Title, nodeLooks[n], line); err != nil {
		return err
	}
	return dots(p, nodeLooks[n].color, points)
}

// bothWays is a deployment's concurrency; memory model and simulator must agree.
func bothWays(l *article.Lab, d deployments.Deployment, context int) (deployments.Concurrency, error) {
	c, err := l.Concurrency(d, context)
	if err == nil && math.Abs(c.Simulated-float64(c.Memory)) > agreement*float64(c.Memory) {
		err = fmt.Errorf("%v at %d tokens: the memory model holds %d sequences, the simulator %v", d, context, c.Memory, c.Simulated)
	}
	return c, err
}

// heldByMemory is the memory model's curve from 1K tokens to a model's context; it ends where not one
// sequence fits.
func heldByMemory(d deployments.Deployment, longest int) (plotter.XYs, error) {
	s, parts, err := d.Resolve()
	if err != nil {
		return nil, err
	}
	var points plotter.XYs
	for _, context := range contextsTo(longest) {
		held := parts.Memory.Sequences(context) * s.Parallel.DP
		if held == 0 {
			break
		}
		points = append(points, plotter.XY{X: float64(context), Y: float64(held)})
	}
	return points, nil
}

package exhibits

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/deployments"
)

// patience is the longest time per output token at which a batch may be served, in ms: ten tokens a second.
const patience = 100

// offers are the models with scores, as they are published, on the fewest GPUs of 80 GB that serve them well.
var offers = [...]struct {
	title, row string // row of the article's table of scores
	deployment deployments.Deployment
	answer     int // tokens
}{
	{"DeepSeek-V3", "DeepSeek-V3", deployments.Deployment{Model: "deepseek-v3", GPUs: 16, TP: 8, DP: 2, EP: 16, Weights: "fp8"}, 512},
	{"DeepSeek-R1", "DeepSeek-R1", deployments.Deployment{Model: "deepseek-r1", GPUs: 16, TP: 8, DP: 2, EP: 16, Weights: "fp8"}, 4000},
	{"Qwen2.5-72B", "Qwen2.5-72B", deployments.Deployment{Model: "qwen2.5-72b", GPUs: 4, TP: 4, Weights: fp16}, 512},
	{"Yi-Lightning (estimate)", "Yi-Lightning", deployments.Deployment{Model: "yi-lightning", GPUs: 8, TP: 8, EP: 8, Weights: fp16}, 512},
	{"Llama-3.1-70B", "Llama 3.1-70B", deployments.Deployment{Model: "llama-3.1-70b", GPUs: 4, TP: 4, Weights: fp16}, 512},
}

// offerPrompt is the prompt of each request, in tokens.
const offerPrompt = 512

// quality sets published scores against the cost of a million tokens.
func quality(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "quality", Title: "Quality against cost",
		Text: fmt.Sprintf(`Scores are the article's. The cost is that of a million generated tokens at the default prices of the devices, with the largest batch that
takes at most %d ms for each token of an answer (512 + 512 tokens; DeepSeek-R1 512 + 4,000, of which most is reasoning, so that its
answers cost several times more than its tokens suggest). Weights are in the published format, which an A100 widens when it is FP8.
GPT-4o's deployment is unknown.`, patience)}
	e.Table.Columns = []string{"model", "GPUs", "weights", "batch", "token", "tokens/s", "USD for 1M tokens", "USD for 1,000 answers", "MMLU", "MATH"}
	e.Figure = alone("quality", "Quality against the cost of a million tokens", "scores as the article gives them  ·  largest batch within 100 ms a token  ·  hollow: A100, full: H100", 860, 400)
	e.Figure.Data.Columns = []string{"model", "device", "usd_per_million_output_tokens", "mmlu", "math"}
	scores, err := articleScores()
	if err != nil {
		return nil, err
	}
	panels := []*plot.Plot{figure.NewPlot("MMLU", "USD for a million output tokens", "score"), figure.NewPlot("MATH", "USD for a million output tokens", "score")}
	for i, o := range offers {
		s := scores[o.row]
		for m, device := range machines {
			d := o.deployment
			d.Device = device.device
			users, p, err := largestBatch(l, d, o.answer)
			if err != nil {
				return nil, err
			}
			perAnswer := p.USDPerMillionOut * float64(o.answer) / 1e6
			e.Table.Add(o.title, fmt.Sprintf("%d × %s", d.GPUs, device.title[len("8 × "):]), d.Weights,
				claims.Number(float64(users)), claims.Write(p.TPOT*1e-3, "ms"),
				claims.Number(p.Output), fmt.Sprintf("%.2f", p.USDPerMillionOut), fmt.Sprintf("%.2f", perAnswer*1000),
				claims.Number(s.mmlu), claims.Number(s.math))
			e.Figure.Data.Add(o.title, d.Device, figure.Cell(p.USDPerMillionOut), figure.Cell(s.mmlu),
				figure.Cell(s.math))
			for n, score := range []float64{s.mmlu, s.math} {
				if err := offerDot(panels[n], plotter.XY{X: p.USDPerMillionOut, Y: score}, i, m, o.title); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, p := range panels {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, figure.Log{}
		p.X.Min, p.X.Max = p.X.Min/1.3, p.X.Max*1.3
		air := (p.Y.Max - p.Y.Min) / 12
		p.Y.Min, p.Y.Max = p.Y.Min-air, p.Y.Max+air
		p.Legend.Top, p.Legend.YOffs = false, vg.Points(8)
	}
	e.Figure.Panels[0] = panels
	return e, nil
}

// offerDot marks a model on a machine: hollow on the first, full and named in the legend on the second.
func offerDot(p *plot.Plot, at plotter.XY, color, machine int, title string) error {
	s, err := plotter.NewScatter(plotter.XYs{at})
	if err != nil {
		return err
	}
	s.GlyphStyle = draw.GlyphStyle{Color: figure.Color(color), Radius: vg.Points(3.5), Shape: figure.Open(color)}
	p.Add(s)
	if machine > 0 {
		s.Shape = figure.Filled(color)
		p.Legend.Add(title, s)
	}
	return nil
}

// score is a model's row of the article's table.
type score struct{ mmlu, math float64 }

// articleScores reads the article's table of scores by its first column.
func articleScores() (map[string]score, error) {
	t, err := articleTable("quality", "scores", 6)
	if err != nil {
		return nil, err
	}
	scores := map[string]score{}
	for _, cells := range t.Rows {
		mmlu, err := claims.Read(cells[1])
		if err != nil {
			return nil, err
		}
		math, err := claims.Read(cells[4])
		if err != nil {
			return nil, err
		}
		scores[cells[0]] = score{mmlu.Value, math.Value}
	}
	return scores, nil
}

// largestBatch is the largest closed loop whose median time per output token is within patience, and what it
// does.
func largestBatch(l *article.Lab, d deployments.Deployment, answer int) (int, *deployments.Point, error) {
	at := func(users int) (*deployments.Point, error) {
		return l.Run(d, deployments.ClosedLoop{Users: users, Input: offerPrompt, Output: answer})
	}
	low, high := 0, math.MaxInt
	var best *deployments.Point
	for users := 1; high-low > 1; {
		p, err := at(users)
		if err != nil {
			return 0, nil, err
		}
		if p.TPOT <= patience && (best == nil || p.Output > best.Output) {
			low, best = users, p
		} else {
			high = users
		}
		if users *= 2; high < math.MaxInt {
			users = (low + high) / 2
		}
	}
	if best == nil {
		return 0, nil, fmt.Errorf("%v: one sequence alone takes more than %d ms a token", d, patience)
	}
	return low, best, nil
}

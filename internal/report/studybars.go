package report

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/compare"
)

// barFigure draws one number of every entry as a bar, with the number beside it.
func barFigure(s *compare.Study, name, title, unit string,
	value func(*compare.Entry) (float64, bool)) (*figure.Figure, error) {
	f := page(name, served(s), studyWidth, vg.Length(110+24*len(s.Entries)))
	p := figure.NewPlot(title, unit, "")
	f.Panels = [][]*plot.Plot{{p}}
	f.Data.Columns = []string{"model", "device", name}
	rows := len(s.Entries)
	names, texts, ends, largest := make([]string, rows), make([]string, rows), make(plotter.XYs, rows), 0.0
	for i := range s.Entries {
		e := &s.Entries[i]
		row := rows - 1 - i // the first on top
		names[row] = entryName(s, e)
		v, ok := value(e)
		text := "nothing keeps the limits"
		if ok {
			text, largest = brief(v), max(largest, v)
			f.Data.Add(e.Model, e.Device, figure.Cell(v))
		}
		if err := addBar(p, row, v, modelColor(s, e), 14, 0); err != nil {
			return nil, err
		}
		ends[row], texts[row] = plotter.XY{X: v, Y: float64(row)}, text
	}
	labels, err := barTexts(ends, texts)
	if err != nil {
		return nil, err
	}
	p.Add(labels)
	nameBars(p, names)
	p.X.Min, p.X.Max = 0, max(largest*1.22, 1e-9)
	return f, nil
}

// served is what every model of a comparison serves.
func served(s *compare.Study) string {
	return fmt.Sprintf("%s  ·  %s  ·  %s", s.Workload.Name, counted(s.Workload.Requests, "request"), objectivesText(s.Objectives))
}

// mostLevers keeps a tornado legible; weaker fields are in its CSV alone.
const mostLevers = 9

// tornadoFigure draws what halving and doubling each field does to a model's time per output token, strongest
// on top.
func tornadoFigure(s *compare.Study, e *compare.Entry) (*figure.Figure, error) {
	shown := e.Levers[:min(len(e.Levers), mostLevers)]
	f := page(fmt.Sprintf("levers-%s-%s", fileName(e.Model), e.Device), fmt.Sprintf("a batch of %d at %s tokens of context on %s",
		s.Batch, grouped(float64(s.Workload.MeanContext())), e.Device), studyWidth, vg.Length(120+25*len(shown)))
	f.Key = []figure.KeyEntry{{Label: "halved", Color: figure.Sky}, {Label: "doubled", Color: figure.Vermilion}}
	p := figure.NewPlot(fmt.Sprintf("%s: %s ms", entryName(s, e), brief(e.TPOT)), "change of the time per output token (%)", "")
	f.Panels = [][]*plot.Plot{{p}}
	f.Data.Columns = []string{"field", "value", "tpot_ms", "tpot_ms_halved", "tpot_ms_doubled"}
	for _, l := range e.Levers {
		f.Data.Add(l.Field, figure.Cell(l.Value), figure.Cell(e.TPOT), figure.Cell(l.Halved), figure.Cell(l.Double))
	}
	names := make([]string, len(shown))
	var hints figure.Hints
	var missing plotter.XYs
	low, high := 0.0, 0.0
	for i, l := range shown {
		row := len(shown) - 1 - i
		names[row] = fmt.Sprintf("%s %s", l.Title, grouped(l.Value))
		for _, side := range []struct {
			name   string
			tpot   float64
			color  int
			offset vg.Length
		}{{"halved", l.Halved, figure.Sky, 4}, {"doubled", l.Double, figure.Vermilion, -4}} {
			y := float64(row) + float64(float64(side.offset)/25)
			if side.tpot == 0 {
				missing = append(missing, plotter.XY{Y: y})
				continue
			}
			change := 100 * (side.tpot/e.TPOT - 1)
			hints = append(hints, figure.Hint{At: plotter.XY{X: change, Y: y},
				Text: fmt.Sprintf("%s %s: %s ms, %+.1f%%", l.Title, side.name, brief(side.tpot), change)})
			low, high = min(low, change), max(high, change)
			if err := addBar(p, row, change, side.color, 8, side.offset); err != nil {
				return nil, err
			}
		}
	}
	reasons, err := barTexts(missing, slices.Repeat([]string{"cannot be built so"}, len(missing)))
	if err != nil {
		return nil, err
	}
	for i := range reasons.TextStyle {
		reasons.TextStyle[i].Font.Size = vg.Points(7)
	}
	p.Add(reasons, hints)
	nameBars(p, names)
	room := float64(0.06 * (high - low))
	p.X.Min, p.X.Max = low-room, high+room
	if math.Abs(high-low) < 1e-9 {
		p.X.Min, p.X.Max = -1, 1
	}
	return f, nil
}

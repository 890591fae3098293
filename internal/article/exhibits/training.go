package exhibits

import (
	_ "embed" // the plans
	"fmt"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/strict"
)

//go:embed plans.toml
var plansFile []byte

// recipe is a way to train a model.
type recipe struct {
	Title       string  `toml:"title"`
	Source      string  `toml:"source"`
	Progressive bool    `toml:"progressive"` // the article's
	Scratch     bool    `toml:"scratch"`     // what it is to be compared with
	Phases      []phase `toml:"phases"`
	// ReportedHours of H100, or of H800, which has the same tensor cores, where the run was published; 0:
	// unknown.
	ReportedHours float64 `toml:"reported_hours"`
}

// phase is a run over so many tokens, each of which touches so many parameters.
type phase struct {
	Active float64 `toml:"active"`
	Tokens float64 `toml:"tokens"`
}

// flops is 6·N·D over the phases (Kaplan et al. 2020, arXiv:2001.08361, §2.1).
func (p *recipe) flops() float64 {
	sum := 0.0
	for _, run := range p.Phases {
		sum += float64(6 * run.Active * run.Tokens)
	}
	return sum
}

// utilisation is the share of the tensor cores' peak that large training runs reach: 38–43% in bf16 on H100s
// (Llama 3, arXiv:2407.21783, table 4).
const utilisation = 0.40

// training compares what plans cost.
func training(*article.Lab) (*Exhibit, error) {
	var file struct {
		Plan []recipe `toml:"plan"`
	}
	if err := strict.Decode("plans.toml", plansFile, &file); err != nil {
		return nil, err
	}
	a100, err := hw.Lookup("a100-sxm-80gb")
	if err != nil {
		return nil, err
	}
	h100, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		return nil, err
	}
	baseline := file.Plan[0].flops()
	var grown, scratch float64
	for i := range file.Plan {
		switch p := &file.Plan[i]; {
		case p.Progressive:
			grown = p.flops()
		case p.Scratch:
			scratch = p.flops()
		}
	}
	e := &Exhibit{Section: "yi", Title: "What training costs", Text: trainingText(grown, scratch)}
	e.Table.Columns = []string{"plan", "FLOPs", "relative to Llama-3.1-70B", "relative to progressive", "A100 hours at the roofline",
		"H100 hours at the roofline", "H100 hours at " + claims.Write(utilisation, "%") + " of it", "reported, and the roofline's share of it", "figures from"}
	hours := func(flops float64, d *hw.Device) float64 { return flops / float64(d.Peak[units.BF16]) / 3600 }
	for i := range file.Plan {
		p := &file.Plan[i]
		f := p.flops()
		reported := "—"
		if p.ReportedHours > 0 {
			reported = claims.Number(p.ReportedHours) + ", " + claims.Write(hours(f, h100)/p.ReportedHours, "%")
		}
		e.Table.Add(p.Title, claims.Number(f), claims.Write(f/baseline, "%"), claims.Write(f/grown, "x"),
			claims.Number(hours(f, a100)),
			claims.Number(hours(f, h100)), claims.Number(hours(f, h100)/utilisation), reported, p.Source)
	}
	return e, nil
}

func trainingText(grown, scratch float64) string {
	return fmt.Sprintf(`Training takes 6 FLOPs for each token and each parameter that it touches, attention's products left out (arXiv:2001.08361, §2.1). The
roofline is the bf16 peak of the data sheet; large runs reach about %s of it while they run (38–43%%: arXiv:2407.21783, table 4). The
hours that were reported for two published runs are a check.

The article's stages 1 to 3 cost %s FLOPs. A MoE of the same size trained from scratch on as many tokens costs %s as much, not 3 to 5
times. 3x is reached against a run on 2.9T tokens and 5x against one on 4.83T: the claim needs 2.5T tokens in stages to be worth as
much as that, and cites no measurement. The saving itself is real: in stage 1 a token trains 7B parameters instead of 30B.`,
		claims.Write(utilisation, "%"), claims.Number(grown), claims.Write(scratch/grown, "x"))
}

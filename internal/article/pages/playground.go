package pages

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
)

// playground is the page on which a reader tries what a claim is about, as cmd/playground builds it.
type playground struct {
	address string // of the page, as seen from those of claims; empty for no links
	systems []article.System
	presets []*scenarios.Scenario // the built-in scenarios that the page starts from, each of one system
}

// newPlayground reads the scenarios that the page at an address starts from.
func newPlayground(address string, systems []article.System) (*playground, error) {
	p := &playground{address: address, systems: systems}
	if address == "" {
		return p, nil
	}
	for _, name := range scenarios.Names() {
		s, err := scenarios.Load(name)
		if err != nil {
			return nil, err
		}
		if len(s.Sweep) == 0 && len(s.Model.Override) == 0 && len(s.Pool) == 0 {
			p.presets = append(p.presets, s)
		}
	}
	return p, nil
}

// quoted is a text in a formula.
var quoted = regexp.MustCompile(`"([^"]*)"`)

// try makes an answer a link to the page with the system or the model that the answer's formula names, unless
// it names none, or the claim is nothing to simulate.
func (p *playground) try(a article.Answer, v claims.Verdict) string {
	if p.address == "" || v == claims.NotServing {
		return a.Text
	}
	var words []string
	for _, m := range quoted.FindAllStringSubmatch(a.Formula, -1) {
		words = append(words, m[1])
	}
	start := p.start(words)
	if start == "" {
		return a.Text
	}
	for _, word := range words {
		if slices.Contains(units.FormatNames(), word) {
			start += "&weights=" + word
			break
		}
	}
	return "[" + a.Text + "](" + p.address + "#" + start + ")"
}

// start is the part of a link that says what the page starts from: the first system or model among some
// words.
func (p *playground) start(words []string) string {
	for _, word := range words {
		if i := slices.IndexFunc(p.systems, func(s article.System) bool { return s.Name == word }); i >= 0 {
			return p.ofSystem(&p.systems[i])
		}
		if slices.Contains(arch.Names(), word) {
			return p.preset(word, "")
		}
	}
	return ""
}

// perNode is how many GPUs of a system are in one node.
const perNode = 8

func (p *playground) ofSystem(s *article.System) string {
	text := p.preset(s.Model, s.Device)
	for _, field := range []struct {
		name  string
		value int
	}{{"gpus", s.GPUs}, {"nodes", units.CeilDiv(s.GPUs, perNode)}, {"tp", s.TP}, {"pp", 1}, {"dp", s.DP}, {"ep", s.EP}} {
		text += "&" + field.name + "=" + strconv.Itoa(max(1, field.value))
	}
	return text
}

// preset is the scenario with a model, on a device if there is one, and what of it is to be changed.
func (p *playground) preset(model, device string) string {
	best, score := p.presets[0], -1
	for _, s := range p.presets {
		fits := 0
		if s.Model.Name == model {
			fits += 2
		}
		if strings.EqualFold(s.Hardware.Device, device) {
			fits++
		}
		if fits > score {
			best, score = s, fits
		}
	}
	text := "preset=" + url.QueryEscape(best.Name)
	if best.Model.Name != model {
		text += "&model=" + url.QueryEscape(model)
	}
	if device != "" && !strings.EqualFold(best.Hardware.Device, device) {
		text += "&device=" + url.QueryEscape(device)
	}
	return text
}

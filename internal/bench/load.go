package bench

import (
	"embed"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/workloads"
)

//go:embed loads.toml loads/*.toml
var files embed.FS

// Load is one standard load.
type Load struct {
	Name     string   `toml:"name"`
	Title    string   `toml:"title"`
	Scenario string   `toml:"scenario"` // of loads/, or a built-in one
	Set      []string `toml:"set"`      // keys of the scenario to change
	From     string   `toml:"from"`     // where requests come from; empty: as the scenario says
	Requests []int    `toml:"requests"` // sizes to measure; none: the scenario's own
	Quick    int      `toml:"quick"`    // size of the short form; 0: the scenario's own
	Cases    int      `toml:"cases"`    // simulations that a run is, of as many requests in all; 0: one
}

// Where a load's requests come from, other than its scenario.
const (
	fromCSV      = "csv"      // the scenario's requests, written to a plain CSV file first
	fromMooncake = "mooncake" // a file that the caller names
	fromService  = "service"  // the catalogue's service
)

// catalogue is loads.toml.
type catalogue struct {
	Load    []Load  `toml:"load"`
	Service service `toml:"service"`
}

type service struct {
	Days  []float64 `toml:"days"`
	Hours []float64 `toml:"hours"`
	Kind  []struct {
		Name   string                 `toml:"name"`
		Share  float64                `toml:"share"`
		Input  scenarios.Distribution `toml:"input"`
		Output scenarios.Distribution `toml:"output"`
	} `toml:"kind"`
}

func readCatalogue() (*catalogue, error) {
	data, err := files.ReadFile("loads.toml")
	if err != nil {
		return nil, err
	}
	c := new(catalogue)
	return c, strict.Decode("loads.toml", data, c)
}

// Names lists the standard loads.
func Names() ([]string, error) {
	c, err := readCatalogue()
	if err != nil {
		return nil, err
	}
	return c.names(), nil
}

func (c *catalogue) names() []string {
	var list []string
	for _, l := range c.Load {
		list = append(list, l.Name)
	}
	return list
}

// choose is the loads of some names, in the catalogue's order; all of them where none is named.
func (c *catalogue) choose(wanted []string) ([]Load, error) {
	for _, name := range wanted {
		if !slices.Contains(c.names(), name) {
			return nil, &fault.Error{Key: "load", Wrong: fmt.Sprintf("unknown load %q", name), Right: names.Suggest(name, c.names())}
		}
	}
	return slices.DeleteFunc(slices.Clone(c.Load), func(l Load) bool {
		return len(wanted) > 0 && !slices.Contains(wanted, l.Name)
	}), nil
}

// scenario is the load's scenario with a number of requests; 0 for its own.
func (l *Load) scenario(requests int) (*scenarios.Scenario, error) {
	s, err := l.parse()
	if err != nil {
		return nil, err
	}
	for _, assignment := range l.Set {
		if err := s.SetText(assignment); err != nil {
			return nil, err
		}
	}
	if requests > 0 && s.IsSynthetic() {
		if err := s.Set("workload.synthetic.requests", requests, l.Name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (l *Load) parse() (*scenarios.Scenario, error) {
	name := "loads/" + l.Scenario + ".toml"
	data, err := files.ReadFile(name)
	if err != nil {
		return scenarios.Load(l.Scenario)
	}
	return scenarios.Parse(name, "", data)
}

// week draws a week of the catalogue's service.
func (s *service) week(requests int) (workloads.Source, error) {
	const week = 7 * 24 * 3600 // s
	spec := workloads.Service{Requests: requests, Seed: 1, Rate: 44e6 / week, Hours: s.Hours, Days: s.Days}
	for _, k := range s.Kind {
		spec.Kinds = append(spec.Kinds, workloads.Kind{Share: k.Share, Input: workloads.Lengths(k.Input),
			Output: workloads.Lengths(k.Output)})
	}
	return workloads.GenerateService(spec)
}

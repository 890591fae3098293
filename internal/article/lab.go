package article

import (
	"context"
	_ "embed" // the table of systems
	"fmt"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/internal/article/formula"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/sim/arch"
)

//go:embed systems.toml
var systemsFile []byte

// System is a deployment that claims name.
type System struct {
	Name   string `toml:"name"`
	Title  string `toml:"title"` // as the article's serving table calls it
	Model  string `toml:"model"`
	Device string `toml:"device"`
	GPUs   int    `toml:"gpus"`
	TP     int    `toml:"tp"`
	DP     int    `toml:"dp"`
	EP     int    `toml:"ep"`
}

// Lab computes quantities and remembers what it simulated. It is for one goroutine.
type Lab struct {
	*deployments.Bench
	systems []System
	models  map[string]*arch.Model
	folder  string             // where models' files lie that formulas and systems name
	trials  map[string]float64 // what scenarios gave, by scenario, settings and quantity
}

// path is a model's name, or its file in the lab's folder.
func (l *Lab) path(model string) string {
	if l.folder != "" && strings.HasSuffix(model, ".toml") && !filepath.IsAbs(model) {
		return filepath.Join(l.folder, model)
	}
	return model
}

// NewLab reads the table of the article's systems. Simulations end with ctx.
func NewLab(ctx context.Context) (*Lab, error) {
	systems, err := readSystems(systemsName, systemsFile)
	if err != nil {
		return nil, err
	}
	return &Lab{Bench: deployments.NewBench(ctx), systems: systems, models: map[string]*arch.Model{},
		trials: map[string]float64{}}, nil
}

// systemsName is the file of a table of systems.
const systemsName = "systems.toml"

func readSystems(name string, data []byte) ([]System, error) {
	var file struct {
		System []System `toml:"system"`
	}
	err := strict.Decode(name, data, &file)
	return file.System, err
}

func (l *Lab) system(name string) (*System, error) {
	var known []string
	for i := range l.systems {
		if l.systems[i].Name == name {
			return &l.systems[i], nil
		}
		known = append(known, l.systems[i].Name)
	}
	return nil, &fault.Error{Key: "system", Wrong: fmt.Sprintf("unknown system %q", name), Right: names.Suggest(name, known)}
}

// Deployment is a system of the claims with its weights in a format.
func (l *Lab) Deployment(system, format string) (deployments.Deployment, error) {
	s, err := l.system(system)
	if err != nil {
		return deployments.Deployment{}, err
	}
	return deployments.Deployment{Model: l.path(s.Model), Device: s.Device, GPUs: s.GPUs,
		TP: s.TP, DP: s.DP, EP: s.EP, Weights: format}, nil
}

// Model is a model of the catalogue.
func (l *Lab) Model(name string) (*arch.Model, error) {
	if m, ok := l.models[name]; ok {
		return m, nil
	}
	spec, err := arch.Lookup(l.path(name))
	if err != nil {
		return nil, err
	}
	m, err := spec.Build()
	if err == nil {
		l.models[name] = m
	}
	return m, err
}

// field is a number of a model's document, by its address.
func (l *Lab) field(model, key string) (float64, error) {
	spec, err := arch.Lookup(l.path(model))
	if err != nil {
		return 0, err
	}
	tree := map[string]any{}
	if err := toml.Unmarshal(spec.TOML(), &tree); err != nil {
		return 0, err
	}
	var at any = tree
	for _, step := range strings.Split(key, ".") {
		table, ok := at.(map[string]any)
		if !ok {
			return 0, fmt.Errorf("%s has no %s", model, key)
		}
		at = table[step]
	}
	n, ok := at.(int64)
	if !ok {
		return 0, fmt.Errorf("%s of %s is no number", key, model)
	}
	return float64(n), nil
}

// Eval is the value of a formula of quantities.
func (l *Lab) Eval(format string, args ...any) (float64, error) {
	return l.Value(fmt.Sprintf(format, args...))
}

// Value is the value of a formula of quantities.
func (l *Lab) Value(text string) (float64, error) {
	return formula.Eval(text, formula.Scope{Functions: l.functions()})
}

// Fill writes the figures of a text, as Claim.Why has them.
func (l *Lab) Fill(text string) (string, error) {
	return fill(text, "", formula.Scope{Functions: l.functions()})
}

// functions are the quantities as formulas call them.
func (l *Lab) functions() map[string]formula.Function {
	table := map[string]formula.Function{}
	for _, q := range Quantities() {
		table[q.Name] = formula.Function{Parameters: strings.Fields(q.Parameters),
			Compute: func(values []any) (float64, error) {
				a := arguments{values: values}
				v, err := q.compute(l, &a)
				if a.err != nil {
					return 0, a.err
				}
				return v, err
			}}
	}
	return table
}

// arguments reads what a formula hands to a quantity; the first mistake stays in err.
type arguments struct {
	values []any
	err    error
}

func (a *arguments) text(i int) string {
	s, ok := a.values[i].(string)
	if !ok && a.err == nil {
		a.err = fmt.Errorf("argument %d is %v, not a name", i+1, a.values[i])
	}
	return s
}

func (a *arguments) number(i int) float64 {
	n, ok := a.values[i].(float64)
	if !ok && a.err == nil {
		a.err = fmt.Errorf("argument %d is %v, not a number", i+1, a.values[i])
	}
	return n
}

// mostCounted bounds what formulas may ask a simulation for: tokens, or users.
const mostCounted = 1 << 24

// count is a whole number of tokens or users.
func (a *arguments) count(i int) int {
	n := a.number(i)
	if a.err == nil && !(n >= 0 && n <= mostCounted) {
		a.err = fmt.Errorf("argument %d is %g, not a number from 0 to %d", i+1, n, mostCounted)
	}
	if a.err != nil {
		return 0
	}
	return int(n)
}

package scenarios

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// Model says which architecture is served.
type Model struct {
	Name     string         `toml:"name" json:"name,omitempty"`
	Config   string         `toml:"config" json:"config,omitempty"`
	Override map[string]any `toml:"override" json:"override,omitempty"`
}

var modelTable = table{
	path: "model",
	does: "The architecture that is served. One of `name` and `config` must be given.",
	example: `[model]
name = "qwen2.5-72b"
override = { attention = { kv_heads = 4 } }
`,
	keys: []key{{
		name: "name", unset: "none",
		does: "A model of the catalogue (`roofserve models list`), or a model's file that ends in `.toml`. Behind it, " +
			"`+field=value` changes a field, `+attention={kind=\"mla\"}` a component, and `+label=` what it is called.",
		example: `"llama-3.1-8b"`,
	}, {
		name: "config", unset: "none",
		does:    "The path of a Hugging Face `config.json`, instead of a name.",
		example: `"config.json"`,
	}, {
		name: "override", unset: "nothing is changed",
		does: "Fields of the architecture to change, by their names in the model's file " +
			"(`roofserve models show NAME --toml FILE`). " +
			"`--set` and sweeps leave `override` out: `model.attention.kv_heads`.",
		example: `{ attention = { kv_heads = 4 } }`,
	}},
}

func (s *Scenario) checkModel() error {
	switch {
	case s.Model.Name == "" && s.Model.Config == "":
		return s.source.fault("model.name", "is missing", `give name = "…" of the catalogue (roofserve models list) or config = "…/config.json"`)
	case s.Model.Name != "" && s.Model.Config != "":
		return s.source.fault("model.config", "stands beside name", "give one of them")
	}
	return nil
}

// ServeModel makes the scenario serve a model that a program describes (arch.New) instead of one that it
// names. Setting a key of the model afterwards names one again.
func (s *Scenario) ServeModel(m *arch.Model) {
	s.Model = Model{Name: m.Name}
	s.source.model = m
}

// ownModel is the model that ServeModel gave; nil where the scenario names one.
func (s *Scenario) ownModel() *arch.Model {
	m := s.source.model
	if m == nil || s.Model.Name != m.Name || s.Model.Config != "" || len(s.Model.Override) > 0 {
		return nil
	}
	return m
}

func (s *Scenario) resolveModel(p *Parts) error {
	if own := s.ownModel(); own != nil {
		m := *own
		p.Model = &m
		return nil
	}
	named := readWhatIf(s.Model.Name)
	spec, err := s.spec(p, named.base)
	if err != nil {
		return err
	}
	if err := named.apply(spec); err != nil {
		return s.namedFault(err)
	}
	for _, field := range overrideOrder(s.Model.Override) {
		if err := spec.Override(field, s.Model.Override[field]); err != nil {
			return s.overrideFault(field, err)
		}
	}
	if p.Model, err = spec.Build(); err != nil {
		if len(named.changes) > 0 {
			return s.namedFault(err)
		}
		if len(s.Model.Override) > 0 {
			return s.overrideFault("", err)
		}
		return err
	}
	p.Model.Name = s.Model.titled(p.Model.Name)
	if len(p.Model.Inferred) > 0 {
		p.warn("%s is an estimate: %s are inferred, not published", p.Model.Name, strings.Join(p.Model.Inferred, ", "))
	}
	return nil
}

// namedFault points an error about the architecture at the name that changes it.
func (s *Scenario) namedFault(err error) error {
	wrong := &fault.Error{Wrong: err.Error()}
	errors.As(err, &wrong)
	return s.source.fault("model.name", strings.TrimPrefix(wrong.Key+": "+wrong.Wrong, ": "), wrong.Right)
}

// spec reads the document of the model, of a name without its changes or of a config.json.
func (s *Scenario) spec(p *Parts, name string) (*arch.Spec, error) {
	if s.Model.Config != "" {
		path := s.source.path("model.config", s.Model.Config)
		spec, warnings, err := ImportModel(path, s.Precision.weightsByHand())
		if errors.Is(err, fs.ErrNotExist) {
			return nil, s.source.faultf("model.config", "give a Hugging Face config.json", "%s: no such file", path)
		}
		p.Warnings = append(p.Warnings, warnings...)
		return spec, err
	}
	if strings.HasSuffix(name, ".toml") {
		name = s.source.path("model.name", name)
	}
	spec, err := arch.Lookup(name)
	if before, change, changed := strings.Cut(name, "+"); err != nil && changed {
		if _, known := arch.Lookup(before); known == nil {
			return nil, s.source.faultf("model.name", "write NAME+attention.kv_heads=64", "%q changes no field", change)
		}
	}
	if err != nil {
		return nil, s.relocate("model.name", err)
	}
	return spec, nil
}

// overrideOrder sorts changes so that whole components come before their fields, and kinds before other
// fields.
func overrideOrder(fields map[string]any) []string {
	rank := func(key string) int {
		switch {
		case !strings.Contains(key, "."):
			return 0
		case strings.HasSuffix(key, ".kind"):
			return 1
		default:
			return 2
		}
	}
	return slices.SortedFunc(maps.Keys(fields), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}

// overrideFault points an error about the architecture at the override that caused it.
func (s *Scenario) overrideFault(field string, err error) error {
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		return s.source.fault("model.override", err.Error(), "")
	}
	key := "model.override." + cmp.Or(wrong.Key, field)
	if _, ok := s.source.set[key]; !ok && s.source.set["model.override."+field].label != "" {
		key = "model.override." + field
	}
	return s.source.fault(key, wrong.Wrong, wrong.Right)
}

// ImportModel reads a Hugging Face config.json, or the folder of a checkpoint. Warnings name what could not
// be read and may change cost. formatsByHand tells that formats of weights are given, so that a
// checkpoint's own need not be known.
func ImportModel(path string, formatsByHand bool) (*arch.Spec, []string, error) {
	checkpoint, err := huggingface.Open(path)
	if err != nil {
		return nil, nil, err
	}
	checkpoint.FormatsByHand = formatsByHand
	return checkpoint.Import()
}

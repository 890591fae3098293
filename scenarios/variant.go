package scenarios

import "strings"

// Has tells whether the user gave a key a value, in the file or by a flag.
func (s *Scenario) Has(key string) bool { return s.source.has(key) }

// NamesModel tells whether the scenario says which model is served.
func (s *Scenario) NamesModel() bool { return s.Model.Name != "" || s.Model.Config != "" }

// WithModel is the scenario with another model, of the catalogue, a model's .toml or a Hugging Face .json;
// changes to the fields of its own model fall away. Label stands in messages for what named the model.
func (s *Scenario) WithModel(name, label string) (*Scenario, error) {
	other := *s
	other.Model = Model{}
	key := "model.name"
	if strings.HasSuffix(name, ".json") {
		key = "model.config"
	}
	err := other.Set(key, name, label)
	return &other, err
}

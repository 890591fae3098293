package scenarios

// Scenario is one simulation as a user describes it. Zero fields are unset until Resolve fills in defaults.
// Every field is a key of the TOML file, which docs/reference/scenario.md describes, and the JSON result
// repeats it under the same name.
type Scenario struct {
	Model          Model          `toml:"model" json:"model"`
	Hardware       Hardware       `toml:"hardware" json:"hardware"`
	Parallel       Parallel       `toml:"parallel" json:"parallel"`
	Precision      Precision      `toml:"precision" json:"precision"`
	Routing        Routing        `toml:"routing" json:"routing,omitzero"`
	Engine         Engine         `toml:"engine" json:"engine"`
	Speculative    Speculative    `toml:"speculative" json:"speculative,omitzero"`
	Pool           []Pool         `toml:"pool" json:"pool,omitempty"`
	KVTransfer     KVTransfer     `toml:"kv_transfer" json:"kv_transfer,omitzero"`
	Disaggregation Disaggregation `toml:"disaggregation" json:"disaggregation,omitzero"`
	Admission      AdmissionTable `toml:"admission" json:"admission,omitzero"`
	Router         RouterTable    `toml:"router" json:"router,omitzero"`
	Workload       Workload       `toml:"workload" json:"workload"`
	SLO            SLO            `toml:"slo" json:"slo,omitzero"`
	Sweep          []Sweep        `toml:"sweep" json:"sweep,omitempty"`
	Expect         []Expectation  `toml:"expect" json:"expect,omitempty"`

	// Name is the built-in's name, or the file as the user named it.
	Name string `toml:"-" json:"name"`

	source source
}

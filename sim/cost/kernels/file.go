package kernels

// File is a calibration file: what was fitted for one engine's kernels on one device.
type File struct {
	Device string      `toml:"device"`
	Engine string      `toml:"engine"`
	Laws   []FittedLaw `toml:"law"`
}

// FittedLaw is one law's parameters and where they come from.
type FittedLaw struct {
	Name       string            `toml:"name"`
	Variant    string            `toml:"variant,omitempty"`  // of laws with a structure to choose
	Source     string            `toml:"source"`             // measured file
	Versions   string            `toml:"versions"`           // engine versions whose kernels ran
	AtBound    []string          `toml:"at_bound,omitempty"` // parameters that their bounds stopped
	Rows       int               `toml:"rows"`               // used in the fit
	Dropped    int               `toml:"dropped"`            // not used
	Drops      []string          `toml:"drops"`              // reasons, with counts
	Median     float64           `toml:"median_error"`
	P90        float64           `toml:"p90_error"` // both out of sample: |predicted/measured − 1|
	Parameters []FittedParameter `toml:"parameter"`
}

// FittedParameter is one number.
type FittedParameter struct {
	Name          string  `toml:"name"`
	Unit          string  `toml:"unit"`
	Value         float64 `toml:"value"`
	StandardError float64 `toml:"standard_error"` // of the logarithm
}

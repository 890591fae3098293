package kernels

import "path"

// File is a calibration file: what was fitted for the kernels of one version of an engine on one device.
type File struct {
	Device  string      `toml:"device"`
	Engine  string      `toml:"engine"`
	Version string      `toml:"version,omitempty"` // none of SharedEngine
	Laws    []FittedLaw `toml:"law"`
}

// Path is where the file stands below a folder of calibration files: DEVICE/ENGINE-VERSION.toml.
func (f *File) Path() string {
	name := f.Engine
	if f.Version != "" {
		name += "-" + f.Version
	}
	return path.Join(f.Device, name+".toml")
}

// FittedLaw is one law's parameters and where they come from.
type FittedLaw struct {
	Name       string            `toml:"name"`
	Variant    string            `toml:"variant,omitempty"`  // of laws with a structure to choose
	Source     string            `toml:"source"`             // measured file
	Versions   string            `toml:"versions"`           // engine versions whose kernels ran, as the source names them
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

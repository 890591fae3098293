package kernels

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/cost/calibration"
)

// Origin tells where the parameters of one law come from.
type Origin struct {
	Law    string
	Kind   OriginKind
	Device string // whose measurements; empty for defaults
	Engine string
	Source string // measured file
}

// OriginKind orders origins from the best to the worst.
type OriginKind uint8

// Kinds of origin.
const (
	Measured      OriginKind = iota // this engine's kernels on this device
	RelativesOwn                    // this engine's kernels on the device that this one is calibrated as
	OtherEngine                     // another engine's kernels on this device
	RelativeOther                   // another engine's kernels on the device that this one is calibrated as
	Assumed                         // typical efficiencies
)

// extra is the standard error that an origin adds to a law's discrepancy. Between engines the same shape differs by 10–38%
// (median over families of silicon's H100 rows, about 15%); a relative's efficiencies carry over to within about 8% (the
// kernels of A100 used for H100, see the calibration report); typical efficiencies are within a factor of 1.35 of all that was fitted.
var extra = [...]float64{Measured: 0, RelativesOwn: 0.08, OtherEngine: 0.15, RelativeOther: 0.17, Assumed: 0.30}

// String says it for people.
func (o Origin) String() string {
	switch o.Kind {
	case Measured:
		return fmt.Sprintf("%s: measured (%s)", o.Law, o.Source)
	case RelativesOwn:
		return fmt.Sprintf("%s: efficiencies of %s on %s (%s)", o.Law, o.Engine, o.Device, o.Source)
	case OtherEngine, RelativeOther:
		return fmt.Sprintf("%s: efficiencies of %s's kernels on %s (%s)", o.Law, o.Engine, o.Device, o.Source)
	default:
		return fmt.Sprintf("%s: typical efficiencies, not measured", o.Law)
	}
}

// Load is the set of an engine's kernels on a device from the embedded calibration, with each law's origin.
func Load(d *hw.Device, engine string) (*Set, []Origin, error) {
	return LoadFrom(calibration.Files, d, engine)
}

// LoadFrom is Load with the calibration files of another directory, laid out as DEVICE/ENGINE.toml.
func LoadFrom(dir fs.FS, d *hw.Device, engine string) (*Set, []Origin, error) {
	files, err := readFiles(dir, d)
	if err != nil {
		return nil, nil, err
	}
	s := Default()
	s.errors = make(map[string][]float64)
	var origins []Origin
	for _, law := range s.Laws() {
		fitted, origin := choose(files, law.Name, d, engine)
		if err := s.apply(law, fitted, origin); err != nil {
			return nil, nil, err
		}
		origins = append(origins, origin)
	}
	return s, origins, nil
}

// readFiles reads the calibration of a device and of the one it is calibrated as, in order of path.
func readFiles(dir fs.FS, d *hw.Device) ([]File, error) {
	var files []File
	for _, device := range []string{d.Name, d.CalibratedAs} {
		if device == "" {
			continue
		}
		entries, err := fs.ReadDir(dir, device)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".toml") {
				continue
			}
			file, err := readFile(dir, path.Join(device, entry.Name()))
			if err != nil {
				return nil, err
			}
			files = append(files, file)
		}
	}
	return files, nil
}

func readFile(dir fs.FS, name string) (File, error) {
	var file File
	meta, err := toml.DecodeFS(dir, name, &file)
	if err != nil {
		return file, fmt.Errorf("calibration %s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return file, fmt.Errorf("calibration %s: unknown key %s", name, unknown[0])
	}
	return file, nil
}

// choose finds the best fitted law of a name; nil where there is none.
func choose(files []File, name string, d *hw.Device, engine string) (*FittedLaw, Origin) {
	var best *FittedLaw
	origin := Origin{Law: name, Kind: Assumed}
	for _, file := range files {
		kind := Measured
		own := file.Device == d.Name
		// A file named "any" holds kernels that every engine shares, such as NCCL's.
		ours := file.Engine == engine || file.Engine == "any"
		switch {
		case own && !ours:
			kind = OtherEngine
		case !own && ours:
			kind = RelativesOwn
		case !own:
			kind = RelativeOther
		}
		for i := range file.Laws {
			if law := &file.Laws[i]; law.Name == name && kind < origin.Kind {
				best = law
				origin = Origin{Law: name, Kind: kind, Device: file.Device, Engine: file.Engine, Source: law.Source}
			}
		}
	}
	return best, origin
}

// apply copies a fitted law's values into the set, and its standard errors with what the origin adds.
func (s *Set) apply(law Named, fitted *FittedLaw, origin Origin) error {
	if chosen, ok := law.Law.(Chosen); ok && fitted != nil && fitted.Variant != "" {
		if err := chosen.SetVariant(fitted.Variant); err != nil {
			return fmt.Errorf("calibration %s/%s: law %s: %w", origin.Device, origin.Engine, law.Name, err)
		}
	}
	parameters := law.Law.Parameters()
	spread := make([]float64, len(parameters))
	values := map[string]FittedParameter{}
	if fitted != nil {
		for _, p := range fitted.Parameters {
			values[p.Name] = p
		}
	}
	for i, p := range parameters {
		if value, ok := values[p.Name]; ok {
			*p.Value, spread[i] = value.Value, value.StandardError
			delete(values, p.Name)
		} else if fitted != nil {
			return fmt.Errorf("calibration %s/%s: law %s lacks parameter %q", origin.Device, origin.Engine, law.Name, p.Name)
		}
		if p.Name == DiscrepancyName {
			spread[i] = math.Sqrt(float64(spread[i]*spread[i]) + float64(extra[origin.Kind]*extra[origin.Kind]))
		}
	}
	if len(values) > 0 {
		unknown := slices.Sorted(maps.Keys(values))[0]
		return fmt.Errorf("calibration %s/%s: law %s has no parameter %q", origin.Device, origin.Engine, law.Name, unknown)
	}
	s.errors[law.Name] = spread
	return nil
}

package kernels

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/sim/cost/calibration"
)

// SharedEngine names the calibration file of kernels that every engine shares, such as NCCL's.
const SharedEngine = "any"

// embedded reads the embedded calibration once: studies load kernels for hundreds of runs, and reading takes
// longer than most of these.
var embedded = sync.OnceValues(func() ([]File, error) { return readFiles(calibration.Files) })

// Load is the set of an engine's kernels on a device from the embedded calibration, with each law's origin.
func Load(d *hw.Device, engine string) (*Set, []Origin, error) {
	files, err := embedded()
	if err != nil {
		return nil, nil, err
	}
	return loadOf(files, d, engine)
}

// Engines lists those whose kernels the embedded calibration has, on any device.
func Engines() []string {
	files, err := embedded()
	if err != nil {
		return nil // which Load tells
	}
	var list []string
	for _, f := range files {
		if f.Engine != SharedEngine && !slices.Contains(list, f.Engine) {
			list = append(list, f.Engine)
		}
	}
	slices.Sort(list)
	return list
}

// LoadFrom is Load with the calibration files of a directory, DEVICE/ENGINE.toml.
func LoadFrom(dir fs.FS, d *hw.Device, engine string) (*Set, []Origin, error) {
	files, err := readFiles(dir)
	if err != nil {
		return nil, nil, err
	}
	return loadOf(files, d, engine)
}

// loadOf chooses each law of files, which it leaves as they are.
func loadOf(files []File, d *hw.Device, engine string) (*Set, []Origin, error) {
	relative := relativeOf(d)
	s := Default()
	s.errors = make(map[string][]float64)
	var origins []Origin
	for _, law := range s.Laws() {
		fitted, origin := choose(files, law.Name, d, relative, engine)
		if err := s.apply(law, fitted, origin); err != nil {
			return nil, nil, err
		}
		origins = append(origins, origin)
	}
	return s, origins, nil
}

// readFiles reads all calibration files, in order of their paths; of several mistakes the first is told.
func readFiles(dir fs.FS) ([]File, error) {
	names, err := fs.Glob(dir, "*/*.toml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("calibration: no files DEVICE/ENGINE.toml")
	}
	files, faults := make([]File, len(names)), make([]error, len(names))
	var readers sync.WaitGroup
	for i, name := range names {
		readers.Go(func() { files[i], faults[i] = readFile(dir, name) })
	}
	readers.Wait()
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func readFile(dir fs.FS, name string) (file File, err error) {
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return file, fmt.Errorf("calibration: %w", err)
	}
	if err := strict.Decode(name, data, &file); err != nil {
		return file, err
	}
	if want := path.Join(file.Device, file.Engine) + ".toml"; want != name {
		return file, fmt.Errorf("%s: device and engine say that this is %s", name, want)
	}
	return file, nil
}

// relativeOf is the device that d is calibrated as; of no generation where there is none.
func relativeOf(d *hw.Device) *hw.Device {
	if relative, err := hw.Lookup(d.CalibratedAs); d.CalibratedAs != "" && err == nil {
		return relative
	}
	return &hw.Device{}
}

// choose finds the best fitted law of a name; nil where there is none. Of equal kinds the relative's file
// counts before others, and then the first in order of path.
func choose(files []File, name string, d, relative *hw.Device, engine string) (*FittedLaw, Origin) {
	var best *FittedLaw
	origin := Origin{Law: name, Kind: Assumed}
	for _, file := range files {
		kind := kindOf(&file, d, relative, engine)
		better := kind < origin.Kind || kind == origin.Kind && file.Device == relative.Name &&
			origin.Device != relative.Name
		i := slices.IndexFunc(file.Laws, func(law FittedLaw) bool { return law.Name == name })
		if i >= 0 && better {
			best = &file.Laws[i]
			origin = Origin{Law: name, Kind: kind, Device: file.Device, Engine: file.Engine, Source: best.Source}
		}
	}
	return best, origin
}

// kindOf tells how a file relates to a device and an engine.
func kindOf(file *File, d, relative *hw.Device, engine string) OriginKind {
	ours := file.Engine == engine || file.Engine == SharedEngine
	near := file.Device == relative.Name && relative.Generation == d.Generation
	switch {
	case file.Device == d.Name && ours:
		return Measured
	case near && ours:
		return Relative
	case file.Device == d.Name:
		return OtherEngine
	case near:
		return RelativeOtherEngine
	case ours:
		return OtherDevice
	default:
		return OtherDeviceAndEngine
	}
}

// apply copies a fitted law's values into the set, and its standard errors with what the origin adds.
func (s *Set) apply(law Named, fitted *FittedLaw, origin Origin) error {
	where := strings.Join([]string{"calibration", origin.Device, origin.Engine + ".toml", law.Name}, "/")
	if chosen, ok := law.Law.(Chosen); ok && fitted != nil && fitted.Variant != "" {
		if err := chosen.SetVariant(fitted.Variant); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	parameters := law.Law.Parameters()
	if fitted != nil && len(fitted.Parameters) != len(parameters) {
		return fmt.Errorf("%s: %d parameters; the law has %d", where, len(fitted.Parameters), len(parameters))
	}
	spread := make([]float64, len(parameters))
	for i, p := range parameters {
		if fitted != nil {
			value := fitted.Parameters[i]
			if value.Name != p.Name || value.Unit != p.Unit {
				return fmt.Errorf("%s: parameter %q in %q; the law has %q in %q", where, value.Name, value.Unit, p.Name, p.Unit)
			}
			*p.Value, spread[i] = value.Value, value.StandardError
		}
		if p.Name == DiscrepancyName {
			further := origin.Kind.discrepancy()
			spread[i] = math.Sqrt(float64(spread[i]*spread[i]) + float64(further*further))
		}
	}
	s.errors[law.Name] = spread
	return nil
}

package kernels

import (
	"fmt"
	"io/fs"
	"math"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/hw"
)

// Load is the set of a version of an engine's kernels on a device from the embedded calibration, with each
// law's origin. Of each law the measured version counts that is nearest to the one asked for
// (release.Nearer); an empty version, or a word that names no release, asks for the newest.
func Load(d *hw.Device, engine, version string) (*Set, []Origin, error) {
	return embedded().load(d, engine, version)
}

// LoadFrom is Load with the calibration files of a directory, DEVICE/ENGINE-VERSION.toml.
func LoadFrom(dir fs.FS, d *hw.Device, engine, version string) (*Set, []Origin, error) {
	return libraryOf(dir).load(d, engine, version)
}

// load chooses each law from the files that are nearest to what is asked for.
func (l *library) load(d *hw.Device, engine, version string) (*Set, []Origin, error) {
	files, err := l.nearest(d, engine, version)
	if err != nil {
		return nil, nil, err
	}
	s := Default()
	s.errors = make(map[string][]float64)
	laws := s.Laws()
	chosen := make([]choice, len(laws))
	var readers sync.WaitGroup // reading a law takes longer than most small simulations
	for i, law := range laws {
		readers.Go(func() { chosen[i] = choose(files, law.Name) })
	}
	readers.Wait()
	var origins []Origin
	for i, law := range laws {
		c := &chosen[i]
		if c.err != nil {
			return nil, nil, c.err
		}
		if err := s.apply(law, c.law, c.origin); err != nil {
			return nil, nil, err
		}
		origins = append(origins, c.origin)
	}
	return s, origins, nil
}

// choice is the law of a name in the first file that has it.
type choice struct {
	law    *FittedLaw // nil where none has it
	origin Origin
	err    error
}

func choose(files []*shelved, name string) choice {
	for _, f := range files {
		file, err := f.read()
		if err != nil {
			return choice{err: err}
		}
		law, err := file.law(name)
		if err != nil {
			return choice{err: err}
		}
		if law != nil {
			return choice{law: law, origin: Origin{Law: name, Kind: f.kind, Device: file.Device, Engine: file.Engine,
				Version: file.Version, Source: law.Source, Median: law.Median, P90: law.P90, Rows: law.Rows,
				Dropped: law.Dropped}}
		}
	}
	return choice{origin: Origin{Law: name, Kind: Assumed}}
}

// apply copies a fitted law's values into the set, and its standard errors with what the origin adds.
func (s *Set) apply(law Named, fitted *FittedLaw, origin Origin) error {
	where := strings.Join([]string{"calibration", origin.Device, origin.Engine + origin.Version, law.Name}, "/")
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

package calibrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// measured maps the prefix of the measured files to the device that they were measured on, in order.
var measured = []struct{ prefix, device string }{
	{"a100", "a100-sxm-80gb"},
	{"h100", "h100-sxm-80gb"},
	{"b200", "b200-sxm-180gb"},
}

// sampleLimit bounds the samples of a problem, so that calibration takes a few minutes; the rows beyond are
// counted as dropped.
const sampleLimit = 4000

// Read collects the problems of every family and device from a folder of measured files, in a fixed order;
// with names of families, of these only. Mistakes in the files are faults.
func Read(dir fs.FS, only ...string) ([]*Problem, error) {
	var all []*Problem
	for _, f := range families() {
		if len(only) > 0 && !slices.Contains(only, f.name) {
			continue
		}
		for _, m := range measured {
			d, err := hw.Lookup(m.device)
			if err != nil {
				return nil, err
			}
			problems, err := f.problems(dir, m.prefix, d)
			if err != nil {
				return nil, err
			}
			for _, p := range problems {
				if len(p.Samples) == 0 {
					continue
				}
				p.thin(sampleLimit)
				all = append(all, p)
			}
		}
	}
	return all, nil
}

// Solve fits every problem's law, as many at a time as there are processors, and returns the fits in the
// problems' order. done, which may be nil, is called after each, from one goroutine at a time. The same
// problems give the same fits.
func Solve(ctx context.Context, problems []*Problem, done func(*Fit)) ([]*Fit, error) {
	// Kernels that engines share come first: an engine's own laws build on them.
	starts := make(map[string]*kernels.Set)
	for _, p := range problems {
		starts[p.Device.Name] = kernels.Default()
	}
	fits := make([]*Fit, len(problems))
	for _, shared := range []bool{true, false} {
		if err := solveAll(ctx, problems, fits, starts, done,
			func(p *Problem) bool { return (p.Engine == sharedEngine) == shared }); err != nil {
			return nil, err
		}
		for _, f := range fits {
			if f != nil && f.Engine == sharedEngine {
				f.copyTo(starts[f.Device.Name])
			}
		}
	}
	return fits, nil
}

// solveAll solves the problems that take selects.
func solveAll(ctx context.Context, problems []*Problem, fits []*Fit, starts map[string]*kernels.Set,
	done func(*Fit), take func(*Problem) bool) error {
	errs := make([]error, len(problems))
	var wait sync.WaitGroup
	var reporting sync.Mutex
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, p := range problems {
		if !take(p) {
			continue
		}
		wait.Add(1)
		places <- struct{}{}
		go func() {
			defer func() { <-places; wait.Done() }()
			if errs[i] = ctx.Err(); errs[i] != nil {
				return
			}
			fits[i], errs[i] = solve(p, starts[p.Device.Name])
			if fits[i] != nil && done != nil {
				reporting.Lock()
				defer reporting.Unlock()
				done(fits[i])
			}
		}()
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(errs...)
}

// copyTo sets a set's law to the fitted values.
func (f *Fit) copyTo(set *kernels.Set) {
	law := lawOf(set, f.Law)
	if chosen, ok := law.(kernels.Chosen); ok && f.Variant != "" {
		// The fit has set this very variant before.
		_ = chosen.SetVariant(f.Variant)
	}
	for i, p := range law.Parameters() {
		*p.Value = f.Parameters[i].Value
	}
}

// String is one line for the log.
func (f *Fit) String() string {
	var values []string
	for _, p := range f.Parameters {
		values = append(values, fmt.Sprintf("%s=%.4g±%.2g", p.Name, p.Value, p.StandardError))
	}
	return fmt.Sprintf("%-26s %-14s %-14s n=%-5d held out %.1f%% p90 %.1f%% bias %+.1f%% (within %.1f%%, roofline %.0f%%) %s bound:%v",
		strings.TrimSpace(f.Law+" "+f.Variant), f.Device.Name, f.Named(), len(f.Samples), 100*f.Held.Median,
		100*f.Held.P90, 100*f.Held.Bias,
		100*f.Within.Median, 100*f.Roofline.Median, strings.Join(values, " "), f.AtBound)
}

// File is a calibration file to write: its path, DEVICE/ENGINE-VERSION.toml, and what it holds.
type File struct {
	Path    string
	Content []byte
}

// Files are the calibration files of fits, one for every device and version of an engine, in the order of
// fits.
func Files(fits []*Fit) ([]File, error) {
	var files []*kernels.File
	for _, f := range fits {
		i := slices.IndexFunc(files, func(file *kernels.File) bool {
			return file.Device == f.Device.Name && file.Engine == f.Engine && file.Version == f.Version
		})
		if i < 0 {
			i = len(files)
			files = append(files, &kernels.File{Device: f.Device.Name, Engine: f.Engine, Version: f.Version})
		}
		files[i].Laws = append(files[i].Laws, f.fitted())
	}
	var written []File
	for _, file := range files {
		var b bytes.Buffer
		b.WriteString("# Written by `roofserve calibrate`; derives from the aiconfigurator project's measured database\n")
		b.WriteString("# (Apache-2.0, NVIDIA CORPORATION & AFFILIATES). Standard errors are those of the logarithm.\n")
		if err := toml.NewEncoder(&b).Encode(file); err != nil {
			return nil, err
		}
		written = append(written, File{Path: file.Path(), Content: b.Bytes()})
	}
	return written, nil
}

// fitted is the fit as a calibration file holds it.
func (f *Fit) fitted() kernels.FittedLaw {
	return kernels.FittedLaw{Name: f.Law, Variant: f.Variant, AtBound: f.AtBound, Source: f.Source,
		Versions: strings.Join(f.Versions(), ", "), Rows: len(f.Samples), Dropped: f.Dropped(), Drops: f.Drops(),
		Median: significant(f.Held.Median), P90: significant(f.Held.P90), Parameters: f.Parameters}
}

// sortedKeys are a map's keys in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

package calibrate

import (
	"cmp"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/hash"
	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Sample is one measured operator.
type Sample struct {
	// Group is what is held out together: an (n, k) pair, a head configuration, an expert shape.
	Group string
	// Shape tells the sample from others of its group; it also decides, by its hash, which samples thinning
	// keeps.
	Shape    string
	Measured units.Seconds
	// Predict is the operator's time with a set of kernels, on the device that it was measured on.
	Predict func(*kernels.Set) units.Seconds
}

// Problem is one law of one engine's kernels on one device, and what it should predict.
type Problem struct {
	Law     string // as in kernels.Set.Laws
	Device  *hw.Device
	Engine  string // "vllm", "sglang", "trtllm", or "any" for kernels that engines share
	Version string // of the engine whose kernels ran; empty for kernels that engines share
	Source  string // measured file
	Samples []Sample
	// Variants are the structures of the law to try, where it has several; the best on the fitted rows is kept.
	Variants []string
	// Fixed names parameters that keep their default because these rows cannot tell them; with the reason.
	Fixed map[string]string
	// Most bounds parameters from above, more closely than their law does.
	Most map[string]float64

	versions map[string]bool
	alone    bool           // of quantising laws: quantisation was measured by itself
	dropped  map[string]int // by reason
	outside  map[string][]Sample
}

// family turns measured files into problems.
type family struct {
	name string
	// problems reads the family's file of one device; prefix is what the files' names begin with, such as
	// "h100".
	problems func(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error)
}

// problemSet collects problems by law and engine while a file is read.
type problemSet struct {
	device *hw.Device
	source string
	byName map[string]*Problem
}

func newProblemSet(d *hw.Device, source string) *problemSet {
	return &problemSet{device: d, source: source, byName: make(map[string]*Problem)}
}

// read reads the set's file, and the one beside it with the rows of earlier versions of the engines.
func (s *problemSet) read(dir fs.FS, visit func(*Row)) error {
	newest := s.source
	defer func() { s.source = newest }()
	for _, s.source = range bothFiles(newest) {
		if err := readRows(dir, s.source, visit); err != nil {
			return err
		}
	}
	return nil
}

// bothFiles are a measured file and the one with the rows of earlier versions.
func bothFiles(name string) []string {
	const ending = ".csv.gz"
	return []string{name, strings.TrimSuffix(name, ending) + "_earlier" + ending}
}

// of is the problem of a law and a row's engine and version, made when first asked for.
func (s *problemSet) of(law, named string) *Problem {
	engine, version := engineOf(named)
	key := problemName(law, named)
	p := s.byName[key]
	if p == nil {
		p = &Problem{Law: law, Device: s.device, Engine: engine, Version: version, Source: s.source,
			versions: make(map[string]bool), dropped: make(map[string]int)}
		s.byName[key] = p
	}
	return p
}

// problemName is what a law and a row's engine and version are found by.
func problemName(law, named string) string {
	engine, version := engineOf(named)
	return law + " " + engine + " " + version
}

// sorted are the problems in order of law, engine and version.
func (s *problemSet) sorted() []*Problem {
	var problems []*Problem
	for _, p := range s.byName {
		problems = append(problems, p)
	}
	slices.SortFunc(problems, func(a, b *Problem) int {
		return cmp.Or(strings.Compare(a.Law, b.Law), strings.Compare(a.Engine, b.Engine),
			release.Compare(a.Version, b.Version))
	})
	return problems
}

// sharedEngine stands for kernels that engines share.
const sharedEngine = kernels.SharedEngine

// engineOf is an engine's name and its version; NCCL's kernels belong to any engine.
func engineOf(named string) (engine, version string) {
	engine, version, _ = strings.Cut(named, "-")
	if engine == "nccl" {
		return sharedEngine, ""
	}
	return engine, version
}

// add appends a sample that a version of the engine gave.
func (p *Problem) add(version string, s Sample) {
	p.versions[version] = true
	p.Samples = append(p.Samples, s)
}

// keep leaves a parameter at its default.
func (p *Problem) keep(parameter, reason string) {
	if p.Fixed == nil {
		p.Fixed = make(map[string]string)
	}
	p.Fixed[parameter] = reason
}

// Versions are the engine versions whose kernels ran.
func (p *Problem) Versions() []string { return sortedKeys(p.versions) }

// Dropped is the number of rows that are not used.
func (p *Problem) Dropped() int {
	sum := 0
	for _, n := range p.dropped {
		sum += n
	}
	return sum
}

// Drops says why rows are not used, with counts.
func (p *Problem) Drops() []string {
	var drops []string
	for _, reason := range sortedKeys(p.dropped) {
		drops = append(drops, fmt.Sprintf("%s: %d", reason, p.dropped[reason]))
	}
	return drops
}

// leaveOut counts a row that the law is not meant for, and keeps it to tell what the law gives there.
func (p *Problem) leaveOut(reason string, s Sample) {
	p.drop(reason)
	if p.outside == nil {
		p.outside = make(map[string][]Sample)
	}
	p.outside[reason] = append(p.outside[reason], s)
}

// drop counts a row that is not used, and why.
func (p *Problem) drop(reason string) { p.dropped[reason]++ }

// predictable makes sure that the law gives every sample a time, so that there is an error to be made small.
func (p *Problem) predictable(set *kernels.Set) error {
	all := [][]Sample{p.Samples}
	for _, reason := range sortedKeys(p.outside) {
		all = append(all, p.outside[reason])
	}
	for _, samples := range all {
		for _, s := range samples {
			if t := float64(s.Predict(set)); !(t > 0 && t <= math.MaxFloat64) {
				return &fault.Error{File: p.Source, Wrong: fmt.Sprintf("%s gives %s %s no time", p.Law, s.Group, s.Shape), Right: "leave such rows out"}
			}
		}
	}
	return nil
}

// thin keeps at most limit samples, the same number of each group, chosen by the hash of their shape.
func (p *Problem) thin(limit int) {
	if len(p.Samples) <= limit {
		return
	}
	groups := make(map[string][]Sample)
	for _, s := range p.Samples {
		groups[s.Group] = append(groups[s.Group], s)
	}
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	// The quota grows until the limit is met, so that small groups stay whole.
	quota := 1
	for kept(groups, quota+1) <= limit {
		quota++
	}
	all := len(p.Samples)
	p.Samples = p.Samples[:0:0]
	for _, name := range names {
		g := groups[name]
		slices.SortStableFunc(g, func(a, b Sample) int {
			return strings.Compare(spreadKey(a.Group+a.Shape), spreadKey(b.Group+b.Shape))
		})
		p.Samples = append(p.Samples, g[:min(len(g), quota)]...)
	}
	p.dropped[fmt.Sprintf("thinned to %d of each group of shapes", quota)] += all - len(p.Samples)
}

// kept is how many samples remain with at most quota of each group.
func kept(groups map[string][]Sample, quota int) int {
	sum := 0
	for _, g := range groups {
		sum += min(len(g), quota)
	}
	return sum
}

// spreadKey orders strings as if at random, the same on every machine.
func spreadKey(s string) string {
	return fmt.Sprintf("%016x", hash.Scramble(hash.Name(s)))
}

// fold assigns a group to one of n parts.
func fold(group string, n uint64) uint64 {
	return hash.Scramble(hash.Name(group)) % n
}

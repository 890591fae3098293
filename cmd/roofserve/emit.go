package main

import (
	"cmp"
	"io"
	"path/filepath"
	"slices"

	"github.com/roofserve/roofserve/internal/cluster"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/scenarios"
)

// emission asks for what starts a sweep on a cluster, instead of the sweep.
type emission struct {
	kind   string
	shards int
	image  string
	claim  string
}

// The clusters that a sweep may be written for.
const (
	onSlurm      = "slurm"
	onKubernetes = "k8s"
)

// mostShards is how many there are where nobody says.
const mostShards = 8

func (e *emission) register(f *flags) {
	f.StringVar(&e.kind, "emit", "", "simulate nothing, and print what starts the sweep on a cluster: `slurm|k8s`")
	f.count(&e.shards, "shards", "with --emit, divide the cases among `N` jobs (at most 8 where left out)")
	f.StringVar(&e.image, "image", "", "with --emit k8s, run the container `IMAGE`, whose entry point is roofserve")
	f.StringVar(&e.claim, "volume", "", "with --emit k8s, write results to the volume of the PersistentVolumeClaim `CLAIM`")
	f.needs("emit", "out")
	f.excludes("emit", "shard", "fresh", "json", "cases-only")
	for _, name := range []string{"shards", "image", "volume"} {
		f.needs(name, "emit")
	}
}

// write prints the script or the manifest for a scenario's sweep.
func (e *emission) write(t terminal, f *flags, o *sweepFlags, args []string, name string,
	s *scenarios.Scenario, list []scenarios.Case) error {
	cases := len(list)
	if err := cmp.Or(e.check(f, name, cases), resolvable(list)); err != nil {
		return err
	}
	w := &cluster.Shares{Command: append([]string{"roofserve", "sweep"}, args...), Cases: cases, Shards: e.shards,
		CPUs: 1, Scenario: name, Out: o.out}
	if f.given("jobs") {
		w.CPUs = o.jobs
	}
	if w.Shards == 0 {
		w.Shards = min(cases, mostShards)
	}
	for _, assignment := range o.set {
		w.Flags = append(w.Flags, "--set", assignment)
	}
	if o.interval {
		w.Flags = append(w.Flags, "--interval")
	}
	text, err := "", error(nil)
	if e.kind == onSlurm {
		w.Merge = o.forMerge(f, func(path string) string { return path })
		text, err = cluster.Slurm(w)
	} else {
		w.Merge = o.forMerge(f, cluster.OnVolume)
		text, err = e.manifest(w, s)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(t.out, text)
	return cannotWrite("stdout", err)
}

// resolvable is the mistake in the first case where none is without: better told now than by every job.
func resolvable(cases []scenarios.Case) error {
	var first error
	for i := range cases {
		err := cases[i].Err
		if err == nil {
			_, _, err = cases[i].Scenario.Resolve()
		}
		if err == nil {
			return nil
		}
		first = cmp.Or(first, err)
	}
	return first
}

// check refuses what no cluster can do.
func (e *emission) check(f *flags, scenario string, cases int) error {
	kinds := []string{onSlurm, onKubernetes}
	switch {
	case !slices.Contains(kinds, e.kind):
		return misuse("roofserve sweep", "--emit "+e.kind+" is unknown", names.Suggest(e.kind, kinds))
	case scenario == "-":
		return f.misuse("a scenario on standard input is out of a cluster's reach")
	case e.shards > cases:
		return f.misuse("there are more shards than cases")
	case e.kind == onSlurm:
		return f.without("--emit slurm", "image", "volume")
	case e.image == "" || e.claim == "":
		return f.misuse("--emit k8s needs --image and --volume")
	}
	return nil
}

// forMerge are the flags of the call that merge takes, with files where the cluster has them.
func (o *sweepFlags) forMerge(f *flags, place func(path string) string) []string {
	var list []string
	for _, name := range []string{"theme", "size", "format"} {
		if f.given(name) {
			list = append(list, "--"+name, f.Lookup(name).Value.String())
		}
	}
	for _, file := range []struct{ flag, path string }{{"html", o.html}, {"junit", o.junit}, {"parquet", o.parquet}} {
		switch file.path {
		case "":
		case stdoutName:
			list = append(list, "--"+file.flag, stdoutName)
		default:
			list = append(list, "--"+file.flag, place(file.path))
		}
	}
	if o.quiet {
		list = append(list, "--quiet")
	}
	return list
}

// manifest is that of a Kubernetes Job for a sweep of a scenario.
func (e *emission) manifest(w *cluster.Shares, s *scenarios.Scenario) (string, error) {
	p := &cluster.Pods{Image: e.image, Claim: e.claim, Scenario: w.Scenario}
	folder := "."
	if _, err := scenarios.Text(w.Scenario); err != nil {
		folder, p.Scenario = filepath.Dir(w.Scenario), filepath.Base(w.Scenario)
	}
	var err error
	if p.Files, err = cluster.Carry(folder, s.Files()); err != nil {
		return "", err
	}
	return cluster.Kubernetes(w, p)
}

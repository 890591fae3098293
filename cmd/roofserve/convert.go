package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/workloads"
)

// conversion is what `workload convert` does to traces on the way.
type conversion struct {
	to         string
	thin       float64
	seed       uint64
	scale      float64
	start, end float64 // s
	requests   int
	splice     bool
}

// conversionFlags adds the flags of a conversion, which mean nothing to other actions.
func conversionFlags(f *flags) (c *conversion, names []string) {
	c = &conversion{}
	f.StringVar(&c.to, "to", "", "convert: write this `FORMAT`: "+strings.Join(workloads.Targets(), ", ")+
		" (default by OUT's name: plain for .csv, else roofserve)")
	f.Float64Var(&c.thin, "thin", 1, "convert: keep this `SHARE` of requests, drawn at random, sessions whole")
	f.Uint64Var(&c.seed, "seed", 1, "convert: decides what is kept")
	f.Float64Var(&c.scale, "rate-scale", 1, "convert: let requests arrive so many times as fast")
	f.Float64Var(&c.start, "start-s", 0, "convert: leave out what arrives earlier; time then begins here")
	f.Float64Var(&c.end, "end-s", 0, "convert: leave out what arrives then or later")
	f.count(&c.requests, "requests", "convert: end after the first `N`")
	f.BoolVar(&c.splice, "splice", false, "convert: play several inputs one after the other, not at once")
	f.needs("seed", "thin")
	return c, []string{"to", "thin", "seed", "rate-scale", "start-s", "end-s", "requests", "splice"}
}

// convertWorkload writes traces as one in another format.
func convertWorkload(ctx context.Context, t terminal, f *flags, c *conversion, files []string) error {
	if len(files) < 2 {
		return f.misuse("IN and OUT are missing")
	}
	from, out := files[:len(files)-1], files[len(files)-1]
	if c.splice && len(from) == 1 {
		return f.misuse("--splice needs several inputs")
	}
	if c.to == "" {
		c.to = targetOf(out)
	}
	if err := t.claim("workload", existing(from...), toFile("OUT", out)); err != nil {
		return err
	}
	source, err := c.open(from)
	if err != nil {
		return err
	}
	defer workloads.Close(source)
	n, err := unlessInterrupted(ctx, func() (int, error) { return writeWorkload(t, out, source, c.to) })
	if err != nil {
		return err
	}
	for _, note := range workloads.Notes(source) {
		fmt.Fprintln(t.err, "note:", note)
	}
	if out != stdoutName {
		_, err = fmt.Fprintf(t.out, "%s: %d requests\n", out, n)
	}
	return cannotWrite("stdout", err)
}

// targetOf is the format that a file's name asks for.
func targetOf(out string) string {
	if filepath.Ext(strings.TrimSuffix(out, ".gz")) == ".csv" {
		return "plain"
	}
	return "roofserve"
}

// open makes one source of the inputs.
func (c *conversion) open(from []string) (workloads.Source, error) {
	var list []workloads.Source
	for _, name := range from {
		source, err := workloads.Open(name, "", workloads.Options{})
		if err != nil {
			return nil, err
		}
		list = append(list, source)
	}
	source, err := list[0], error(nil)
	switch {
	case c.splice:
		source, err = workloads.Splice(list...)
	case len(list) > 1:
		source, err = workloads.Merge(list...)
	}
	if err == nil && (c.start != 0 || c.end != 0) {
		source, err = workloads.Between(source, c.start, c.end)
	}
	if err == nil && c.thin != 1 {
		source, err = workloads.Thin(source, c.thin, c.seed)
	}
	if err == nil && c.requests > 0 {
		source = workloads.First(source, c.requests)
	}
	if err == nil {
		source, err = workloads.Scale(source, c.scale)
	}
	return source, err
}

// writeWorkload writes a source into a file, which is compressed where its name ends in .gz, or to stdout.
func writeWorkload(t terminal, out string, source workloads.Source, to string) (n int, err error) {
	if out == stdoutName {
		return workloads.Write(t.out, source, to)
	}
	err = atomicfile.Write(out, func(w io.Writer) error {
		if filepath.Ext(out) != ".gz" {
			n, err = workloads.Write(w, source, to)
			return err
		}
		z := gzip.NewWriter(w)
		if n, err = workloads.Write(z, source, to); err != nil {
			return err
		}
		return z.Close()
	})
	return n, err
}

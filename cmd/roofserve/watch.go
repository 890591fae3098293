package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"
)

// glances are how long watch waits between two looks at its files: an eye does not notice it, and a disk
// neither.
const glances = 200 * time.Millisecond

// look is what a file is like, as far as that shows a change.
type look struct {
	size int64
	at   time.Time
}

// watch does work on a file now and whenever that file or one of those that the work names changes, until it
// is interrupted. Mistakes are told, and end nothing: they are about to be mended.
func watch(ctx context.Context, t terminal, name string, once func() ([]string, error)) error {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return misuse("roofserve", fmt.Sprintf("--watch needs a file, and %q is none", name),
			"write it with roofserve scenarios show NAME > mine.toml, or roofserve init mine.toml")
	}
	known := []string{name}
	for {
		before := looks(known) // from before the work, during which they may change
		files, err := once()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !isQuiet(err) {
			fmt.Fprintln(t.err, err)
		}
		for file, seen := range looks(files) {
			if _, ok := before[file]; !ok {
				before[file] = seen
			}
		}
		known = slices.Collect(maps.Keys(before))
		fmt.Fprintf(t.err, "note: %s is watched; Ctrl-C ends\n", name)
		t.patience.stop()
		err = untilChanged(ctx, before)
		t.patience.resume()
		if err != nil {
			return err
		}
	}
}

// untilChanged waits until one of some files is another than it was. A file that is gone is about to come
// back: editors write beside a file and then give theirs its name.
func untilChanged(ctx context.Context, before map[string]look) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(glances):
		}
		for file, now := range looks(slices.Collect(maps.Keys(before))) {
			if now != before[file] {
				return nil
			}
		}
	}
}

// looks are what some files are like, of those that are there.
func looks(files []string) map[string]look {
	found := map[string]look{}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode()&fs.ModeType == 0 {
			found[file] = look{size: info.Size(), at: info.ModTime()}
		}
	}
	return found
}

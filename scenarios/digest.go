package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/internal/bounded"
)

// Digests tells cases of sweeps apart by all that their results follow from. It reads every file once, and
// may be used by several goroutines.
type Digests struct {
	Version string // of the program
	// Baselines of the scenario's expectations, of which some may be other scenarios' results.
	Baselines []float64
	files     sync.Map
}

// content is a file's digest, computed once.
type content struct {
	once   sync.Once
	digest string
	err    error
}

// Of is the digest of a case of so many: of the program's version, the scenario's text, what was set after it
// was read (the seed may be among it), and the content of every file that the scenario names. The error says
// which of them has no content that stays, such as a pipe.
func (d *Digests) Of(c *Case, of int) (string, error) {
	s := c.Scenario
	parts := []any{d.Version, fmt.Sprint(d.Baselines), s.Name, c.Index, of, string(s.source.text)}
	parts = append(parts, s.source.assigned()...)
	files, err := d.contents(s)
	if err != nil {
		return "", err
	}
	return join(append(parts, files...))
}

// OfSweep is the digest of a whole sweep of so many cases: of all that those have in common. Where its files
// lie does not count, since machines that share a sweep may name them otherwise.
func (d *Digests) OfSweep(s *Scenario, of int) (string, error) {
	parts := []any{d.Version, fmt.Sprint(d.Baselines), of, string(s.source.text)}
	parts = append(parts, s.source.assigned()...)
	files, err := d.contents(s)
	if err != nil {
		return "", err
	}
	slices.SortFunc(files, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return join(append(parts, files...))
}

// assigned are the keys and values that were set after a scenario's file was read.
func (s *source) assigned() []any {
	var parts []any
	for _, setting := range s.settings {
		parts = append(parts, setting.Key, fmt.Sprintf("%#v", setting.Value)) // tables come sorted by key
	}
	return parts
}

// contents are the digests of the files that a scenario names.
func (d *Digests) contents(s *Scenario) ([]any, error) {
	var parts []any
	for _, path := range s.Files() {
		kept, _ := d.files.LoadOrStore(path, &content{})
		file := kept.(*content)
		file.once.Do(func() { file.digest, file.err = digestOf(path) })
		if file.err != nil {
			return nil, file.err
		}
		parts = append(parts, file.digest)
	}
	return parts, nil
}

// join is the digest of parts.
func join(parts []any) (string, error) {
	data, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

func digestOf(path string) (string, error) {
	if info, err := bounded.Stat(path); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s: is no regular file", path)
	}
	file, err := bounded.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

package kernels

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/internal/strict"
)

// pages are a calibration file of which each law is read when it is asked for, once. Whether a file has a law
// is seen from its headings: a program that serves one model needs few laws of few files, and reading them
// all would take it longer than most simulations.
type pages struct {
	File // without its laws
	list []page
}

// page is one law of a file.
type page struct {
	name string
	read func() (*FittedLaw, error)
}

// heading is the line that begins a law.
const heading = "[[law]]"

// readPages reads the head of a calibration file and the names of its laws.
func readPages(dir fs.FS, name string) (*pages, error) {
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	p := new(pages)
	begins := headings(data)
	if err := strict.Decode(name, data[:begins[0]], &p.File); err != nil {
		return nil, err
	}
	if want := p.Path(); want != name {
		return nil, fmt.Errorf("%s: device, engine and version say that this is %s", name, want)
	}
	for i := range len(begins) - 1 {
		text, before := data[begins[i]:begins[i+1]], bytes.Count(data[:begins[i]], []byte("\n"))
		p.list = append(p.list, page{
			name: nameIn(text),
			read: sync.OnceValues(func() (*FittedLaw, error) { return readLaw(name, text, before) }),
		})
	}
	return p, nil
}

// headings are where the laws of a file begin, and where it ends.
func headings(data []byte) []int {
	var list []int
	at := 0
	for line := range bytes.Lines(data) {
		if string(bytes.TrimSpace(line)) == heading {
			list = append(list, at)
		}
		at += len(line)
	}
	return append(list, at)
}

// nameIn is the name that a law's text gives it; empty where it gives none.
func nameIn(text []byte) string {
	for line := range bytes.Lines(text) {
		key, value, _ := strings.Cut(string(line), "=")
		if strings.TrimSpace(key) == "name" {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// readLaw reads one law, whose text stands after so many lines of its file.
func readLaw(file string, text []byte, before int) (*FittedLaw, error) {
	var f File
	if err := strict.Decode(file, text, &f); err == nil {
		return &f.Laws[0], nil
	}
	placed := append(bytes.Repeat([]byte("\n"), before), text...) // so that the mistake is told by its line
	return nil, strict.Decode(file, placed, &f)
}

// law reads the law of a name; nil where the file has none.
func (p *pages) law(name string) (*FittedLaw, error) {
	for i := range p.list {
		if p.list[i].name == name {
			return p.list[i].read()
		}
	}
	return nil, nil
}

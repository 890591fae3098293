package scenarios

import (
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
)

// ReadFrom makes files the only place where scenarios, and what they name, are read: traces, models, devices,
// engines, baselines. A program in a browser, which has no file system, hands in what its user gave; nil is
// the machine's own. Nothing may be read meanwhile. Paths are seen from the root of files.
func ReadFrom(files fs.FS) { bounded.Hand(files) }

// Files are the files that the scenario is read from (its name) and those that it names: traces, models,
// devices, baselines. To miss none, whatever key may name one, every text in the scenario counts that is a
// file's path, seen from the scenario's folder or from the user's.
func (s *Scenario) Files() []string {
	var list []string
	add := func(path string) {
		if info, err := bounded.Stat(path); err == nil && !info.IsDir() && !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	for _, text := range s.texts() {
		before, _, _ := strings.Cut(text, "+") // a model with changes
		for _, name := range []string{text, before} {
			if name == "" {
				continue
			}
			add(name)
			if !filepath.IsAbs(name) && s.source.folder != "" {
				add(filepath.Join(s.source.folder, name))
			}
		}
	}
	slices.Sort(list) // the texts of a table come in any order
	return list
}

// texts are all texts of the scenario's keys, those that sweeps set included.
func (s *Scenario) texts() []string { return appendTexts(nil, reflect.ValueOf(*s)) }

// appendTexts adds the texts in a value: in its fields, elements and entries.
func appendTexts(list []string, v reflect.Value) []string {
	switch v.Kind() {
	case reflect.String:
		return append(list, v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return appendTexts(list, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				list = appendTexts(list, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = appendTexts(list, v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			list = appendTexts(list, v.MapIndex(key))
		}
	}
	return list
}

package main

import (
	"debug/buildinfo"
	"encoding/json"
	"runtime/debug"

	"github.com/roofserve/roofserve/internal/report"
)

// bill is a list of what a program is built from, in the form of CycloneDX 1.6 (ECMA-424). It has no time and
// no number of its own, so that the same program has the same bill.
type bill struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// billOf reads the bill of a program from what the linker has noted in it.
func billOf(program string) ([]byte, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(billFrom(info), "", "  ")
}

func billFrom(info *debug.BuildInfo) *bill {
	own := part("application", info.Main.Path, report.Version)
	for _, s := range info.Settings {
		own.Properties = append(own.Properties, property{"go:build:" + s.Key, s.Value})
	}
	b := &bill{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{own}}
	b.Components = append(b.Components, part("library", "std", info.GoVersion))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := part("library", m.Path, m.Version)
		c.Properties = []property{{"go:sum", m.Sum}} // as in go.sum, which is no digest that the form knows
		b.Components = append(b.Components, c)
	}
	return b
}

func part(kind, path, version string) component {
	purl := "pkg:golang/" + path + "@" + version
	return component{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every document that a user names is read up to the bound of its kind, and a byte more is a mistake that
// says so, whatever the bytes are.
func TestNoDocumentIsReadBeyondItsBound(t *testing.T) {
	const kib, mib = 1 << 10, 1 << 20
	const model = "[model]\nname = \"llama-3.1-8b\"\n"
	for _, c := range []struct {
		file string
		most int64
		line string
		from string // the scenario that names the file
	}{
		{"big.toml", 4 * mib, "run @/big.toml", ""},
		{"big.toml", 64 * kib, "models show @/big.toml", ""},
		{"big.toml", 64 * kib, "run @/s.toml", "[model]\nname = \"big.toml\"\n"},
		{"config.json", 32 * mib, "models import @/config.json", ""},
		{"big.toml", 4 * mib, "devices show @/big.toml", ""},
		{"big.toml", 4 * mib, "run @/s.toml", model + "[hardware]\ndevice = \"big.toml\"\n"},
		{"big.json", 64 * mib, "run @/s.toml", model +
			"[[expect]]\nmetric = \"mean_tpot_ms\"\nmax_increase = \"5%\"\nbaseline = \"big.json\"\n"},
		{"case-00000.json", 64 * mib, "merge @", ""},
	} {
		dir := folderOf(t, map[string]string{"s.toml": c.from, c.file: ""})
		if err := os.Truncate(filepath.Join(dir, c.file), c.most+1); err != nil { // sparse: nothing is stored
			t.Fatal(err)
		}
		status, out, errs := inProcess(strings.Fields(strings.ReplaceAll(c.line, "@", dir))...)
		want := fmt.Sprintf("has more than %d bytes", c.most)
		if status != statusBadInput && status != statusCannot || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, %s%s; want %s", c.line, status, out, errs, want)
		}
	}
}

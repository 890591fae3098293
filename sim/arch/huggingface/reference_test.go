package huggingface_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

var update = flag.Bool("update", false, "write docs/reference/models.md anew")

// TestReference keeps the list of what is read equal to the tables that read it.
func TestReference(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Models, checkpoints and number formats that are read

Written by ` + "`go test ./sim/arch/huggingface -run Reference -update`" + ` from the tables of the importer.

## Families of config.json

Read by ` + "`model_type`" + `, of the text decoder's part first, or else by ` + "`architectures`" + `; the other names mean the same.

| family | other names |
|---|---|
`)
	for _, family := range huggingface.Families() {
		fmt.Fprintf(&b, "| %s | %s |\n", family, strings.Join(huggingface.OtherNames(family), ", "))
	}
	read, refused := registry(t)
	fmt.Fprintf(&b, "\nOf the %d text decoders in vLLM's registry (`testdata/registry.txt` beside the importer, with its date) %d are "+
		"read.\nRefused, with an error that names the fields that could not be placed: %s.\n", len(read)+len(refused), len(read),
		strings.Join(refused, ", "))
	for _, family := range slices.Sorted(maps.Keys(huggingface.Declined())) {
		fmt.Fprintf(&b, "\n`%s` is not read because %s.\n", family, huggingface.Declined()[family])
	}
	b.WriteString("\n## Methods of quantisation\n\n| `quant_method` | what it is |\n|---|---|\n")
	for _, m := range huggingface.Methods() {
		fmt.Fprintf(&b, "| %s | %s |\n", strings.ReplaceAll(m[0], " ", ", "), m[1])
	}
	b.WriteString("\nModules that stay as they are, or have formats of their own, are told apart layer by layer. " +
		"Another method is an error\nthat names the keys to set: `precision.weights`, or `precision.attention`, " +
		"`dense` and `experts`.\n\n## Number formats\n\n| format | bits | kernels measured as |\n|---|---|---|\n")
	for f := range units.Formats {
		format := units.Format(f)
		fmt.Fprintf(&b, "| %s | %.4g | %s |\n", format, 8*float64(format.Bytes(1)), format.MeasuredAs())
	}
	fmt.Fprintf(&b, "\n## Kinds of components\n\n%s.\n", strings.Join(arch.Kinds(), ", "))
	file := filepath.Join("..", "..", "..", "docs", "reference", "models.md")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != b.String() {
		t.Errorf("%s is stale (%v): go test ./sim/arch/huggingface -run Reference -update", file, err)
	}
}

// registry sorts the classes of vLLM's registry into those that are read and those that are refused.
func registry(t *testing.T) (read, refused []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "registry.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, class := range strings.Fields(line) {
			_, _, err := huggingface.Import("config.json", []byte(`{"architectures": ["`+class+`"]}`))
			if err == nil {
				t.Fatalf("%s: a file without sizes is read", class)
			}
			if strings.Contains(err.Error(), "unknown family") || strings.Contains(err.Error(), "model_type: is missing") {
				refused = append(refused, class)
				continue
			}
			read = append(read, class)
		}
	}
	return read, refused
}

func TestNineInTenOfVLLMsDecodersAreRead(t *testing.T) {
	if read, refused := registry(t); 10*len(read) < 9*(len(read)+len(refused)) {
		t.Errorf("%d are read; refused are %v", len(read), refused)
	}
}

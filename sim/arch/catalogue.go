package arch

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

//go:embed models/*.toml
var catalogue embed.FS

// Names lists the short names of the catalogue, sorted.
func Names() []string {
	files, _ := fs.Glob(catalogue, "models/*.toml") // the pattern is well formed: no error is possible
	list := make([]string, len(files))
	for i, file := range files {
		list[i] = strings.TrimSuffix(path.Base(file), ".toml")
	}
	slices.Sort(list)
	return list
}

// Lookup finds a model of the catalogue by its short name, its Hugging Face id or the id of a model of the
// same architecture. Case does not matter, nor do an organisation's prefix and suffixes that say how a
// checkpoint was tuned or quantised, unless a model is listed under the very name. A name that ends in .toml
// is a file to read.
func Lookup(name string) (*Spec, error) {
	if strings.HasSuffix(name, ".toml") {
		return LoadFile(name)
	}
	files := Names()
	if lower := strings.ToLower(name); slices.Contains(files, lower) {
		return load(lower)
	}
	all, err := titles()
	if err != nil {
		return nil, err
	}
	for _, same := range []func(a, b string) bool{strings.EqualFold, sameTitle} {
		for _, title := range all {
			if same(title.name, name) {
				return load(title.file)
			}
		}
	}
	if strings.HasSuffix(name, ".json") {
		return nil, &fault.Error{Wrong: fmt.Sprintf("%q is a file, not a model of the catalogue", name),
			Right: `count it with "roofserve models import FILE"; a scenario names it by model.config`}
	}
	return nil, &fault.Error{Wrong: fmt.Sprintf("unknown model %q", name), Right: names.SuggestOf(name, files, "roofserve models list")}
}

func load(short string) (*Spec, error) {
	file := fileOf(short)
	data, err := catalogue.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, data)
}

func fileOf(short string) string { return "models/" + short + ".toml" }

// title is a name under which a file of the catalogue is known.
type title struct{ name, file string }

// titles lists the short name, the id and the aliases of every file of the catalogue. Thousands of rows of
// measurements may each name a model that is not there.
var titles = sync.OnceValues(readTitles)

func readTitles() ([]title, error) {
	var all []title
	for _, file := range Names() {
		data, err := catalogue.ReadFile(fileOf(file))
		if err != nil {
			return nil, err
		}
		var known struct {
			ID      string
			Aliases []string
		}
		if err := toml.Unmarshal(data, &known); err != nil {
			return nil, err
		}
		for _, name := range append([]string{file, known.ID}, known.Aliases...) {
			if name != "" {
				all = append(all, title{name, file})
			}
		}
	}
	return all, nil
}

func sameTitle(a, b string) bool { return bare(a) == bare(b) }

// tunings are endings of names that leave the architecture as it is.
var tunings = []string{
	"-instruct", "-chat", "-it", "-base", "-hf", "-thinking", "-preview", "-dynamic", "-block", "-bf16", "-fp16", "-fp8", "-kv", "-fp4", "-nvfp4",
	"-mxfp4", "-int4", "-int8", "-awq", "-gptq", "-w4a16", "-w8a8", "-w8a16", "-quantized", "-2507", "-0324", "-0528", "-0905", "-v0.1", "-v0.2", "-v0.3",
}

// bare is a name without organisation, "Meta-" and endings that leave the architecture as it is.
func bare(name string) string {
	name = path.Base(strings.ToLower(name))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "meta-"), "nvidia-")
	for shorter := ""; ; name = shorter {
		shorter = name
		for _, ending := range tunings {
			shorter = strings.TrimSuffix(shorter, ending)
		}
		shorter = strings.ReplaceAll(shorter, ".w4a16", "")
		shorter = strings.ReplaceAll(shorter, ".w8a8", "")
		if shorter == name {
			return name
		}
	}
}

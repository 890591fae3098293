package hw

import (
	"embed"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

//go:embed devices/*.toml
var catalogue embed.FS

// Devices are all devices of the catalogue, sorted by name. They are shared: nobody may change them.
func Devices() ([]*Device, error) {
	devices, err := embedded()
	return slices.Clone(devices), err
}

// embedded reads the catalogue once: studies look devices up for every one of hundreds of runs.
var embedded = sync.OnceValues(readCatalogue)

func readCatalogue() ([]*Device, error) {
	entries, err := catalogue.ReadDir("devices")
	if err != nil {
		return nil, err
	}
	devices := make([]*Device, 0, len(entries))
	for _, entry := range entries {
		file := path.Join("devices", entry.Name())
		data, err := catalogue.ReadFile(file)
		if err != nil {
			return nil, err
		}
		device, err := decode(file, data)
		if err != nil {
			return nil, err
		}
		devices = append(devices, device)
	}
	slices.SortFunc(devices, func(a, b *Device) int { return strings.Compare(a.Name, b.Name) })
	return devices, nil
}

// Lookup finds a device of the catalogue by its name, one of its aliases or what nvidia-smi calls it,
// whatever their case and with _ for - where a benchmark writes so. A name that ends in .toml is the path of
// a user's own file.
func Lookup(name string) (*Device, error) {
	if strings.HasSuffix(name, ".toml") {
		return Load(name)
	}
	devices, err := Devices()
	if err != nil {
		return nil, err
	}
	wanted := plain(name)
	var known []string
	for _, device := range devices {
		if device.Name == wanted || slices.Contains(device.Aliases, wanted) {
			return device, nil
		}
		known = append(append(known, device.Name), device.Aliases...)
	}
	if reason := refusal(wanted); reason != "" {
		return nil, &fault.Error{Key: "device", Wrong: fmt.Sprintf("%s is not modelled: %s", name, reason),
			Right: "start from another's data sheet (roofserve devices show NAME --toml FILE) where you know better"}
	}
	return nil, &fault.Error{Key: "device", Wrong: fmt.Sprintf("unknown device %q", name),
		Right: names.SuggestOf(wanted, sameModel(wanted, known), "roofserve devices list")}
}

// What nvidia-smi, CUDA and vLLM's files of tuned kernels write around a product's name: "NVIDIA GeForce RTX
// 4090", "NVIDIA RTX PRO 6000 Blackwell Server Edition".
var (
	makers   = []string{"nvidia-", "geforce-", "tesla-"}
	editions = []string{"-blackwell-server-edition", "-blackwell-workstation-edition"}
)

// plain is a name as the catalogue writes its own.
func plain(name string) string {
	name = strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(strings.TrimSpace(name)))
	for _, maker := range makers {
		name = strings.TrimPrefix(name, maker)
	}
	for _, edition := range editions {
		name = strings.TrimSuffix(name, edition)
	}
	return name
}

// TOML is the file of a device of the catalogue, or the user's own, to start another from.
func TOML(name string) ([]byte, error) {
	device, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".toml") {
		return bounded.ReadFile(name, bounded.TOML)
	}
	return catalogue.ReadFile(path.Join("devices", device.Name+".toml"))
}

// Load reads a device from a user's own file, which has the keys of the catalogue's files.
func Load(file string) (*Device, error) {
	data, err := bounded.ReadFile(file, bounded.TOML)
	if err != nil {
		return nil, &fault.Error{File: file, Wrong: "cannot be read: " + err.Error(), Right: "name a device file, or a device of the catalogue", Err: err}
	}
	return decode(file, data)
}

// nameOf is what a device is called: its file's name without the extension.
func nameOf(file string) string {
	return strings.TrimSuffix(filepath.Base(file), ".toml")
}

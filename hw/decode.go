package hw

import (
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/strict"
)

// deviceFile is a device's TOML file, in the units that data sheets use.
type deviceFile struct {
	Title        string             `toml:"title"`
	Generation   string             `toml:"generation"`
	Aliases      []string           `toml:"aliases"`
	CalibratedAs string             `toml:"calibrated_as"`
	SMs          int                `toml:"sms"`
	Memory       float64            `toml:"memory_mib"`
	Bandwidth    float64            `toml:"bandwidth_gb_per_s"`
	L2           float64            `toml:"l2_mib"`
	GPUsPerNode  int                `toml:"gpus_per_node"`
	TDP          float64            `toml:"tdp_watts"`
	Price        float64            `toml:"price_usd_per_hour"`
	Peak         map[string]float64 `toml:"peak_tflops"`
	Link         linkFile           `toml:"link"`
	Network      linkFile           `toml:"network"`
}

type linkFile struct {
	Kind      string  `toml:"kind"`
	Bandwidth float64 `toml:"bandwidth_gb_per_s"`
	Latency   float64 `toml:"latency_us"`
}

const (
	giga = 1e9
	tera = 1e12
	mebi = units.GiB / 1024
)

func (l linkFile) link() Link {
	return Link{Kind: l.Kind, Bandwidth: units.BytesPerSecond(l.Bandwidth * giga),
		Latency: units.Seconds(l.Latency) * units.Microsecond}
}

// decode reads a device file and checks that every figure is there and possible.
func decode(file string, data []byte) (*Device, error) {
	document, err := strict.Parse(file, data)
	if err != nil {
		return nil, err
	}
	var f deviceFile
	if err := document.Decode(&f); err != nil {
		return nil, err
	}
	if err := f.validate(document); err != nil {
		return nil, err
	}
	peak, err := f.peaks(document)
	if err != nil {
		return nil, err
	}
	return &Device{
		Name: nameOf(file), Aliases: f.Aliases, Title: f.Title, Generation: f.Generation,
		CalibratedAs: f.CalibratedAs,
		SMs:          f.SMs, Peak: peak,
		Memory: units.Bytes(f.Memory) * mebi, Bandwidth: units.BytesPerSecond(f.Bandwidth * giga),
		L2:   units.Bytes(f.L2) * mebi,
		Link: f.Link.link(), Network: f.Network.link(), GPUsPerNode: f.GPUsPerNode,
		TDP: units.Watts(f.TDP), PricePerHour: units.USDPerHour(f.Price),
	}, nil
}

// validate refuses what is missing, zero, negative or infinite.
func (f *deviceFile) validate(document *strict.Document) error {
	for _, text := range []struct{ key, value string }{
		{"title", f.Title}, {"generation", f.Generation}, {"link.kind", f.Link.Kind}, {"network.kind", f.Network.Kind},
	} {
		if text.value == "" {
			return document.Fault(text.key, "is missing", "give it as the data sheet does")
		}
	}
	for _, figure := range []struct {
		key   string
		value float64
	}{
		{"sms", float64(f.SMs)}, {"memory_mib", f.Memory}, {"bandwidth_gb_per_s", f.Bandwidth}, {"l2_mib", f.L2},
		{"gpus_per_node", float64(f.GPUsPerNode)}, {"tdp_watts", f.TDP}, {"price_usd_per_hour", f.Price},
		{"link.bandwidth_gb_per_s", f.Link.Bandwidth}, {"link.latency_us", f.Link.Latency},
		{"network.bandwidth_gb_per_s", f.Network.Bandwidth}, {"network.latency_us", f.Network.Latency},
	} {
		if err := positive(document, figure.key, figure.value); err != nil {
			return err
		}
	}
	return nil
}

// peaks reads the table of peaks. It needs bf16 at least, at whose rate all 16-bit arithmetic is timed: on a
// GPU without it every time would be infinite.
func (f *deviceFile) peaks(document *strict.Document) (peaks Peaks, err error) {
	formats := make([]string, 0, len(f.Peak))
	for name := range f.Peak {
		formats = append(formats, name)
	}
	slices.Sort(formats)
	for _, name := range formats {
		key := "peak_tflops." + name
		format, err := units.ParseFormat(name)
		if err != nil {
			return peaks, document.Fault(key, err.Error(), "")
		}
		if err := positive(document, key, f.Peak[name]); err != nil {
			return peaks, err
		}
		peaks[format] = units.FLOPsPerSecond(f.Peak[name] * tera)
	}
	if peaks[units.BF16] == 0 {
		return peaks, document.Fault("peak_tflops.bf16", "is missing", "give its dense peak, at which all 16-bit arithmetic is timed")
	}
	return peaks, nil
}

func positive(document *strict.Document, key string, value float64) error {
	switch {
	case value > 0 && !math.IsInf(value, 1):
		return nil
	case value == 0 && !document.Has(key):
		return document.Fault(key, "is missing", "give it as the data sheet does")
	}
	return document.Fault(key, fmt.Sprintf("%v is not a positive finite number", value), "give it as the data sheet does")
}

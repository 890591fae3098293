package hw

import (
	"strings"

	"github.com/roofserve/roofserve/hw/units"
)

// Device is a GPU as its data sheet gives it. Peaks are dense, never the sparse figures.
type Device struct {
	Name         string
	Aliases      []string // other names that Lookup takes
	Title        string   // as its maker names it
	Generation   string   // whose devices run the same kernels: "ampere", "ampere-ga102", "hopper", "ada", "blackwell"
	SMs          int      // streaming multiprocessors enabled
	Peak         Peaks
	Memory       units.Bytes // what CUDA reports to a program, less than nvidia-smi and the marketing figure
	Bandwidth    units.BytesPerSecond
	L2           units.Bytes
	Link         Link // between the GPUs of a node
	Network      Link // of one GPU, between nodes
	GPUsPerNode  int
	TDP          units.Watts
	PricePerHour units.USDPerHour
	// CalibratedAs is the device whose measured kernel efficiencies stand in where this one has no data; empty:
	// its own.
	CalibratedAs string
}

// Peaks are the tensor cores' peak rates, by format; 0 where they lack it.
type Peaks [units.Formats]units.FLOPsPerSecond

// Link is one GPU's connection to its peers.
type Link struct {
	Kind      string               // "nvlink4", "pcie4", "infiniband-ndr", …
	Bandwidth units.BytesPerSecond // in each direction
	Latency   units.Seconds        // of the smallest message
}

// OverPCIe tells whether GPUs reach each other over PCIe alone.
func (l Link) OverPCIe() bool { return strings.HasPrefix(l.Kind, "pcie") }

// Supports tells whether the tensor cores multiply in format f.
func (d *Device) Supports(f units.Format) bool { return d.Peak[f] > 0 }

// Roofline is the device's bound for arithmetic in format f. Its peak is 0 where the tensor cores lack the
// format.
func (d *Device) Roofline(f units.Format) Roofline {
	return Roofline{Peak: d.Peak[f], Bandwidth: d.Bandwidth}
}

// Ridge is the arithmetic intensity in FLOP/B from which work in format f is bound by arithmetic rather than
// memory.
func (d *Device) Ridge(f units.Format) float64 { return d.Roofline(f).Ridge() }

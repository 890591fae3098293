package scenarios

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/hw"
)

// Hardware says what it is served on.
type Hardware struct {
	Device       string  `toml:"device" json:"device"`
	GPUs         int     `toml:"gpus" json:"gpus"`
	Nodes        int     `toml:"nodes" json:"nodes"`
	Replicas     int     `toml:"replicas" json:"replicas"`
	PricePerHour float64 `toml:"price_per_hour" json:"price_per_hour"`
}

// DefaultDevice serves where a scenario names none.
const DefaultDevice = "h100-sxm-80gb"

const defaultReplicas = 1

var hardwareTable = table{
	path: "hardware",
	does: "The GPUs that it is served on.",
	example: `[hardware]
device = "h100-sxm-80gb"
gpus = 16
nodes = 2
`,
	keys: []key{{
		name: "device", unset: strconv.Quote(DefaultDevice),
		does:    "A GPU of the catalogue (`roofserve devices list`), or a device's file that ends in `.toml`.",
		example: `"a100-sxm-80gb"`,
	}, {
		name: "gpus", unit: "GPUs", within: counted(maxGPUs),
		unset:   "what `[parallel]` takes, or else the fewest that hold the model",
		does:    "The GPUs of one replica, over all its nodes: tp·pp·dp·cp.",
		example: "8",
	}, {
		name: "nodes", unit: "nodes", within: counted(maxGPUs),
		unset:   "as few as the device's nodes allow",
		does:    "The nodes of one replica, which share its GPUs evenly.",
		example: "2",
	}, {
		name: "replicas", unit: "replicas", within: counted(maxGPUs), unset: strconv.Itoa(defaultReplicas),
		does:    "Copies of the whole deployment behind a router.",
		example: "4",
	}, {
		name: "price_per_hour", unit: "USD an hour", within: between(0, 1e6), unset: "the device's",
		does:    "The price of one GPU, from which the cost of tokens follows.",
		example: "2.5",
	}},
}

func (s *Scenario) resolveDevice(p *Parts) error {
	s.Hardware.Device = cmp.Or(s.Hardware.Device, DefaultDevice)
	name := s.Hardware.Device
	if strings.HasSuffix(name, ".toml") {
		name = s.source.path("hardware.device", name)
	}
	var err error
	if p.Device, err = hw.Lookup(name); err != nil {
		return s.relocate("hardware.device", err)
	}
	s.Hardware.Device = p.Device.Name
	s.Hardware.Replicas = cmp.Or(s.Hardware.Replicas, defaultReplicas)
	if !s.source.has("hardware.price_per_hour") {
		s.Hardware.PricePerHour = float64(p.Device.PricePerHour)
	}
	return nil
}

package scenarios

import (
	"cmp"
	"strings"

	"github.com/roofserve/roofserve/hw"
)

// Hardware says what it is served on.
type Hardware struct {
	Device       string  `toml:"device" json:"device"` // of the catalogue, or path of a device file
	GPUs         int     `toml:"gpus" json:"gpus"`     // of one replica, over all its nodes
	Nodes        int     `toml:"nodes" json:"nodes"`   // of one replica
	Replicas     int     `toml:"replicas" json:"replicas"`
	PricePerHour float64 `toml:"price_per_hour" json:"price_per_hour"` // USD for one GPU
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

// DefaultDevice serves where a scenario names none.
const DefaultDevice = "h100-sxm-80gb"

const defaultReplicas = 1

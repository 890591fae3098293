package hw

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/internal/fault/faulttest"
)

// Whatever a device's file says, its figures are positive numbers, or an error says which is not.
func FuzzDevice(f *testing.F) {
	for _, name := range []string{"h100-sxm-80gb", "gb200-nvl72-186gb", "a10-24gb"} {
		data, err := catalogue.ReadFile("devices/" + name + ".toml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, ok := faulttest.Read(t, func() (*Device, error) { return decode("fuzz.toml", data) })
		if !ok {
			return
		}
		for _, x := range []float64{float64(d.SMs), float64(d.GPUsPerNode), float64(d.Memory), float64(d.Bandwidth),
			float64(d.L2), float64(d.TDP),
			float64(d.PricePerHour), float64(d.Link.Bandwidth), float64(d.Link.Latency), float64(d.Network.Bandwidth),
			float64(d.Network.Latency)} {
			if !(x > 0 && x <= math.MaxFloat64) {
				t.Errorf("%v in %+v", x, d)
			}
		}
		for _, peak := range d.Peak {
			if !(peak >= 0 && float64(peak) <= math.MaxFloat64) {
				t.Errorf("a peak of %v", peak)
			}
		}
	})
}

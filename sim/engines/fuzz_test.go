package engines

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/fault/faulttest"
)

// Whatever an engine's profile says, it gives settings and delays that are numbers, or an error says what is
// wrong.
func FuzzProfile(f *testing.F) {
	for _, name := range Names() {
		data, err := files.ReadFile("profiles/" + name + ".toml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	d, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, ok := faulttest.Read(t, func() (*Profile, error) { return parse("fuzz.toml", data) })
		if !ok {
			return
		}
		_ = p.Limits(d)
		overhead := p.On(d).Cost(true)
		for _, x := range []float64{float64(p.Reserved()), float64(p.Overhead.RequestService()),
			float64(p.Overhead.RequestDelay()),
			float64(p.Overhead.TokenDelay()), float64(overhead.Step), float64(overhead.Host),
			float64(overhead.HostSequence)} {
			if !(x >= 0 && x <= math.MaxFloat64) {
				t.Errorf("%v in %+v", x, p)
			}
		}
	})
}

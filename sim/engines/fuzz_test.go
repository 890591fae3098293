package engines

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
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
	spec, err := arch.Lookup("llama-3.1-8b")
	if err != nil {
		f.Fatal(err)
	}
	model, err := spec.Build()
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
		memory := p.Memory.Divide(kv.Use{Model: model, Device: d, Weights: 8e9, Tokens: 8192, Sequences: 1024,
			Plan: arch.Plan{TP: 2, PP: 1, DP: 1, EP: 1, GPUsPerNode: 8}})
		if pool := float64(memory.Pool); math.IsNaN(pool) || math.IsInf(pool, 0) {
			t.Errorf("a pool of %v in %+v", pool, p)
		}
		for _, x := range []float64{float64(memory.Activations), float64(memory.Runtime),
			float64(memory.Graphs), float64(p.Overhead.RequestService()),
			float64(p.Overhead.RequestDelay()), float64(p.Overhead.TokenService()),
			float64(p.Overhead.TokenDelay()), float64(overhead.Step), float64(overhead.Host),
			float64(overhead.HostSequence)} {
			if !(x >= 0 && x <= math.MaxFloat64) {
				t.Errorf("%v in %+v", x, p)
			}
		}
	})
}

package hw_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// sheet is a device as NVIDIA's data sheets print it: peaks with sparsity where they print those, links in
// both
// directions together, memory in marketing gigabytes. The catalogue has dense peaks, one direction and the
// driver's bytes.
type sheet struct {
	sms                     int
	sparse, sparse8, dense4 float64 // TFLOP/s: bf16 and 8 bits with sparsity, nvfp4 without; 0: none
	eight                   []units.Format
	memory, bandwidth       float64 // GB, GB/s
	l2                      float64 // MB
	link                    string
	both, network           float64 // GB/s of the links in both directions; Gb/s of the network's adapter
	node                    int
	watts                   float64
}

var (
	onlyInt8 = []units.Format{units.INT8}
	fp8Too   = []units.Format{units.FP8, units.INT8}
)

var sheets = map[string]sheet{
	"a10-24gb":       {72, 250, 500, 0, onlyInt8, 24, 600, 6, "pcie4", 64, 200, 8, 150},
	"a40-48gb":       {84, 299.4, 598.7, 0, onlyInt8, 48, 696, 6, "pcie4", 64, 200, 8, 300},
	"rtx-a6000-48gb": {84, 309.7, 619.3, 0, onlyInt8, 48, 768, 6, "pcie4", 64, 200, 8, 300},
	"a100-pcie-80gb": {108, 624, 1248, 0, onlyInt8, 80, 1935, 40, "pcie4", 64, 200, 8, 300},
	"a100-sxm-40gb":  {108, 624, 1248, 0, onlyInt8, 40, 1555, 40, "nvlink3", 600, 200, 8, 400},
	"a100-sxm-80gb":  {108, 624, 1248, 0, onlyInt8, 80, 2039, 40, "nvlink3", 600, 200, 8, 400},
	"a800-sxm-80gb":  {108, 624, 1248, 0, onlyInt8, 80, 2039, 40, "nvlink3", 400, 200, 8, 400},
	"l4-24gb":        {58, 242, 485, 0, fp8Too, 24, 300, 48, "pcie4", 64, 200, 8, 72},
	"a10g-24gb":      {80, 140, 280, 0, onlyInt8, 24, 600, 6, "pcie4", 64, 12.5, 8, 300},
	"l40s-48gb":      {142, 724.1, 1466, 0, fp8Too, 48, 864, 96, "pcie4", 64, 200, 8, 350},
	"rtx-4090-24gb": {128, 330.4, 660.6, 0, []units.Format{units.FP8}, 24, 1008, 72, "pcie4", 64, 200, 8,
		450},
	"h100-sxm-80gb":  {132, 1979, 3958, 0, fp8Too, 80, 3350, 50, "nvlink4", 900, 400, 8, 700},
	"h800-sxm-80gb":  {132, 1979, 3958, 0, fp8Too, 80, 3350, 50, "nvlink4", 400, 400, 8, 700},
	"h200-sxm-141gb": {132, 1979, 3958, 0, fp8Too, 141, 4800, 50, "nvlink4", 900, 400, 8, 700},
	"h200-nvl-141gb": {132, 1671, 3341, 0, fp8Too, 141, 4800, 50, "nvlink4", 900, 200, 4, 600},
	"h100-pcie-80gb": {114, 1513, 3026, 0, fp8Too, 80, 2039, 50, "pcie5", 128, 200, 8, 350},
	"h100-nvl-94gb":  {132, 1671, 3341, 0, fp8Too, 94, 3938, 50, "pcie5", 128, 200, 8, 400},
	"b200-sxm-180gb": {148, 4500, 9000, 9000, fp8Too, 180, 7700, 126, "nvlink5", 1800, 400, 8, 1000},
	"b300-sxm-288gb": {148, 4500, 9000, 13500, []units.Format{units.FP8}, 288, 7700, 126, "nvlink5", 1800,
		800, 8, 1100},
	"rtx-pro-6000-96gb": {188, 1007.6, 2015.2, 2015.2, fp8Too, 96, 1792, 128, "pcie5", 128, 200, 8, 600},
	"rtx-5090-32gb": {170, 419, 838, 1676, []units.Format{units.FP8}, 32, 1792, 96, "pcie5", 128, 200, 8,
		575},
	"rtx-3090-24gb": {82, 142, 568, 0, onlyInt8, 24, 936, 6, "pcie4", 64, 200, 8, 350},
	"l20-48gb":      {92, 239, 478, 0, fp8Too, 48, 864, 96, "pcie4", 64, 200, 8, 275},
	"gh200-96gb":    {132, 1979, 3958, 0, fp8Too, 96, 4000, 50, "nvlink4", 900, 400, 1, 700},
	"gh200-144gb":   {132, 1979, 3958, 0, fp8Too, 144, 4900, 60, "nvlink4", 900, 400, 2, 700},
	"rtx-6000-ada-48gb": {142, 728.5, 1457, 0, fp8Too, 48, 960, 96, "pcie4", 64, 200, 8,
		300},
	"gb300-nvl72-288gb": {152, 5000, 10000, 15000, []units.Format{units.FP8}, 288, 8000, 126, "nvlink5", 1800,
		800, 72, 1400},
	"gb200-nvl72-186gb": {152, 5000, 10000, 10000, fp8Too, 186, 8000, 126, "nvlink5", 1800, 400, 72, 1200},
}

func TestDevicesAreTheirDataSheets(t *testing.T) {
	for _, d := range devices(t) {
		s, ok := sheets[d.Name]
		if !ok {
			t.Errorf("%s has no data sheet here", d.Name)
			continue
		}
		check := func(what string, got, want, tolerance float64) {
			t.Helper()
			if !(math.Abs(got/want-1) <= tolerance) {
				t.Errorf("%s: %s is %g, the data sheet gives %g", d.Name, what, got, want)
			}
		}
		const rounding = 0.005 // of data sheets
		check("SMs", float64(d.SMs), float64(s.sms), 0)
		check("bf16 in FLOP/s", float64(d.Peak[units.BF16]), s.sparse/2*1e12, rounding)
		check("fp16 in FLOP/s", float64(d.Peak[units.FP16]), s.sparse/2*1e12, rounding)
		for _, f := range s.eight {
			check(f.String()+" in FLOP/s", float64(d.Peak[f]), s.sparse8/2*1e12, 2*rounding)
		}
		if s.dense4 > 0 {
			check("nvfp4 in FLOP/s", float64(d.Peak[units.NVFP4]), s.dense4*1e12, rounding)
		}
		check("bandwidth in B/s", float64(d.Bandwidth), s.bandwidth*1e9, 0.01)
		check("L2 in bytes", float64(d.L2), s.l2*(1<<20), 0)
		check("links in B/s, one direction", float64(d.Link.Bandwidth), s.both/2*1e9, 0)
		check("network in B/s", float64(d.Network.Bandwidth), s.network/8*1e9, 0)
		check("GPUs of a node", float64(d.GPUsPerNode), float64(s.node), 0)
		check("watts", float64(d.TDP), s.watts, 0)
		if d.Link.Kind != s.link {
			t.Errorf("%s: linked by %s, the data sheet has %s", d.Name, d.Link.Kind, s.link)
		}
		// CUDA reports between the decimal gigabytes' nine tenths in binary ones and all of them.
		if gib := float64(d.Memory) / (1 << 30); gib > s.memory*1.001 || gib < 0.91*s.memory {
			t.Errorf("%s: %.1f GiB of %g GB", d.Name, gib, s.memory)
		}
		if d.Network.Latency < d.Link.Latency || d.Link.Latency < 0.5e-6 || d.Network.Latency > 10e-6 {
			t.Errorf("%s: latencies of %v and %v s", d.Name, d.Link.Latency, d.Network.Latency)
		}
		if d.PricePerHour < 0.2 || d.PricePerHour > 20 {
			t.Errorf("%s: %v USD an hour", d.Name, d.PricePerHour)
		}
	}
}

// The knee of the roofline: an A100 multiplies 312·10¹² a second in bf16 and reads 2.039·10¹² bytes.
func TestKneesByHand(t *testing.T) {
	for name, want := range map[string]float64{"a100-sxm-80gb": 312e12 / 2.039e12,
		"h100-sxm-80gb": 989.4e12 / 3.352e12, "l4-24gb": 121. / 0.3} {
		d, err := hw.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Ridge(units.BF16); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("%s: the knee lies at %g FLOP/B, by hand %g", name, got, want)
		}
		r := d.Roofline(units.BF16)
		for _, c := range []struct{ flops, bytes, seconds float64 }{
			{2 * want * 1e9, 1e9, 2 * 1e9 / float64(d.Bandwidth)}, {want * 1e9 / 2, 1e9,
				1e9 / float64(d.Bandwidth)},
			{want * 1e9, 1e9, 1e9 / float64(d.Bandwidth)}} {
			if got := r.Time(units.FLOPs(c.flops), units.Bytes(c.bytes),
				math.Inf(1)); math.Abs(float64(got)/c.seconds-1) > 1e-12 {
				t.Errorf("%s: %g FLOPs on %g bytes take %v s, by hand %g", name, c.flops, c.bytes, got,
					c.seconds)
			}
		}
		below, above := r.Attainable(want/4), r.Attainable(4*want)
		if math.Abs(float64(below)/(want/4*float64(d.Bandwidth))-1) > 1e-12 || above != r.Peak {
			t.Errorf("%s: %g below the knee, %g above", name, below, above)
		}
	}
	if got := hw.PNorm(3, 4, 2); math.Abs(float64(got)-5) > 1e-12 {
		t.Errorf("3 and 4 in the Euclidean norm are %v", got)
	}
	if got := hw.PNorm(0, 4, 3); got != 4 {
		t.Errorf("one alone is %v", got)
	}
}

// The units of a device's file are read as what they say.
func TestUnitsOfADeviceFile(t *testing.T) {
	d, err := hw.Lookup("l40s-48gb")
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string][2]float64{
		"864 GB/s": {float64(d.Bandwidth), 864e9}, "45373 MiB": {float64(d.Memory),
			45373 * 1048576}, "96 MiB": {float64(d.L2), 96 * 1048576},
		"362.05 TFLOP/s": {float64(d.Peak[units.BF16]), 362.05e12}, "32 GB/s": {float64(d.Link.Bandwidth),
			32e9},
		"25 GB/s": {float64(d.Network.Bandwidth), 25e9}, "1 µs": {float64(d.Link.Latency),
			1e-6}, "5 µs": {float64(d.Network.Latency), 5e-6},
	} {
		if math.Abs(c[0]/c[1]-1) > 1e-12 {
			t.Errorf("%s are read as %g", what, c[0])
		}
	}
}

package calibrate

import (
	"fmt"
	"os"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// siliconDir is where the measured rows lie beside the repository; they are too big to commit.
const siliconDir = "../../../../shared/silicon"

// testDevice has the data-sheet figures of NVIDIA's A100 SXM4 80 GB and H100 SXM5 80 GB that the laws use.
func testDevice(name string) (*hw.Device, error) {
	switch name {
	case "a100-sxm-80gb":
		return &hw.Device{Name: name, Generation: "ampere", SMs: 108, Bandwidth: 2.039e12, L2: 40 << 20, GPUsPerNode: 8,
			Peak: map[units.Format]units.FLOPsPerSecond{units.BF16: 312e12, units.FP16: 312e12, units.INT8: 624e12},
			Link: hw.Link{Kind: "nvlink3", Bandwidth: 300e9, Latency: 2e-6}, Network: hw.Link{Bandwidth: 25e9, Latency: 5e-6}}, nil
	case "h100-sxm-80gb":
		return &hw.Device{Name: name, Generation: "hopper", SMs: 132, Bandwidth: 3.35e12, L2: 50 << 20, GPUsPerNode: 8,
			Peak: map[units.Format]units.FLOPsPerSecond{units.BF16: 989.4e12, units.FP16: 989.4e12, units.FP8: 1978.9e12, units.FP8Block: 1978.9e12, units.INT8: 1978.9e12},
			Link: hw.Link{Kind: "nvlink4", Bandwidth: 450e9, Latency: 2e-6}, Network: hw.Link{Bandwidth: 50e9, Latency: 5e-6}}, nil
	}
	return nil, fmt.Errorf("unknown device %q", name)
}

// TestFamilies prints what ONLY=family gives; it is how the laws were developed.
func TestFamilies(t *testing.T) {
	only := os.Getenv("ONLY")
	if only == "" {
		t.Skip("set ONLY=family to fit one family against the measured rows")
	}
	fits, err := FitAll(os.DirFS(siliconDir), Options{Device: testDevice, Log: os.Stdout, Only: []string{only}})
	if err != nil {
		t.Fatal(err)
	}
	f, _ := os.Create("/tmp/k1/res.csv")
	defer f.Close()
	fmt.Fprintln(f, "law,device,engine,group,shape,ms,r")
	for _, x := range fits {
		for i, s := range x.Samples {
			fmt.Fprintf(f, "%s,%s,%s,%s,%s,%g,%.4f\n", x.Law, x.Device.Name, x.Engine, s.Group, s.Shape, s.Measured*1e3, x.Residuals[i])
		}
	}
}

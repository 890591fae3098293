package laws

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// garage writes devices of the catalogue as users' files, some with one figure of the data sheet multiplied.
type garage struct{ folder string }

// better is by how much a figure is multiplied.
const better = 1.5

func newGarage(t testing.TB) garage { return garage{t.TempDir()} }

// file is the path of a device's file in which a figure ("memory", "bandwidth", "flops" or, for none, "same")
// is better.
func (g garage) file(t testing.TB, device, figure string) string {
	t.Helper()
	path := filepath.Join(g.folder, device+"-"+figure+".toml")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	d, err := hw.Lookup(device)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(deviceText(d, figure)), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// deviceText writes a device's figures in the units of a device file.
func deviceText(d *hw.Device, figure string) string {
	factor := func(name string) float64 {
		if name == figure {
			return better
		}
		return 1
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	calibrated := d.CalibratedAs
	if calibrated == "" {
		calibrated = d.Name
	}
	line("title = %q\ngeneration = %q\ncalibrated_as = %q\nsms = %d", d.Title, d.Generation, calibrated, d.SMs)
	line("memory_mib = %v", float64(d.Memory)/(1<<20)*factor("memory"))
	line("bandwidth_gb_per_s = %v", float64(d.Bandwidth)/1e9*factor("bandwidth"))
	line("l2_mib = %v\ngpus_per_node = %d\ntdp_watts = %v", float64(d.L2)/(1<<20), d.GPUsPerNode, float64(d.TDP))
	line("price_usd_per_hour = %v\n[peak_tflops]", float64(d.PricePerHour))
	for i, name := range units.FormatNames() {
		if peak := d.Peak[i]; peak > 0 {
			line("%s = %v", name, float64(peak)/1e12*factor("flops"))
		}
	}
	for _, l := range []struct {
		table string
		link  hw.Link
	}{{"link", d.Link}, {"network", d.Network}} {
		line("[%s]\nkind = %q\nbandwidth_gb_per_s = %v\nlatency_us = %v", l.table, l.link.Kind,
			float64(l.link.Bandwidth)/1e9, float64(l.link.Latency)*1e6)
	}
	return b.String()
}

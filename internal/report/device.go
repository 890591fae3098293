package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Device is the JSON object of a device.
func Device(d *hw.Device) any {
	o := &object{}
	o.set("name", d.Name)
	o.set("title", d.Title)
	o.set("generation", d.Generation)
	o.set("sms", d.SMs)
	peaks := object{}
	for _, f := range formats(d) {
		peaks.set(f.String(), float64(d.Peak[f]))
	}
	o.set("peak_flops_per_second", peaks)
	o.set("memory_bytes", float64(d.Memory))
	o.set("bandwidth_bytes_per_second", float64(d.Bandwidth))
	o.set("l2_bytes", float64(d.L2))
	o.set("link", link(d.Link))
	o.set("network", link(d.Network))
	o.set("gpus_per_node", d.GPUsPerNode)
	o.set("tdp_watts", float64(d.TDP))
	o.set("price_usd_per_hour", float64(d.PricePerHour))
	o.set("calibrated_as", d.CalibratedAs)
	return o
}

func link(l hw.Link) object {
	return object{{"kind", l.Kind}, {"bandwidth_bytes_per_second", float64(l.Bandwidth)}, {"latency_seconds", float64(l.Latency)}}
}

// formats lists the formats that a device's tensor cores multiply, in their own order.
func formats(d *hw.Device) []units.Format {
	var list []units.Format
	for i := range units.FormatNames() {
		if f := units.Format(i); d.Supports(f) {
			list = append(list, f)
		}
	}
	return list
}

// WriteDevice writes a device for people.
func WriteDevice(w io.Writer, d *hw.Device) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("name", "%s", d.Name)
	row("title", "%s (%s)", d.Title, d.Generation)
	for _, f := range formats(d) {
		row("peak "+f.String(), "%s TFLOP/s dense, ridge at %s FLOP/B", brief(float64(d.Peak[f])/1e12), brief(float64(d.Peak[f])/float64(d.Bandwidth)))
	}
	row("memory", "%s (%s GiB) at %s GB/s", gigabytes(d.Memory), brief(float64(d.Memory/units.GiB)), brief(float64(d.Bandwidth)/1e9))
	row("in a node", "%d GPUs, %s at %s GB/s each way", d.GPUsPerNode, d.Link.Kind, brief(float64(d.Link.Bandwidth)/1e9))
	row("between nodes", "%s at %s GB/s for each GPU", d.Network.Kind, brief(float64(d.Network.Bandwidth)/1e9))
	row("power", "%s W", brief(float64(d.TDP)))
	row("price", "$%s an hour (a default)", brief(float64(d.PricePerHour)))
	if d.CalibratedAs != "" {
		row("calibrated as", "%s", d.CalibratedAs)
	}
	return t.Flush()
}

// DeviceColumns heads a list of devices.
var DeviceColumns = []string{"NAME", "BF16 TFLOP/s", "FP8", "MEMORY", "GB/s", "LINK", "USD/h", "ALIASES"}

// DeviceRow is one line of a list of devices.
func DeviceRow(d *hw.Device) []string {
	fp8 := "–"
	if d.Supports(units.FP8) {
		fp8 = brief(float64(d.Peak[units.FP8]) / 1e12)
	}
	return []string{d.Name, brief(float64(d.Peak[units.BF16]) / 1e12), fp8, gigabytes(d.Memory),
		brief(float64(d.Bandwidth) / 1e9),
		d.Link.Kind, brief(float64(d.PricePerHour)), strings.Join(d.Aliases, " ")}
}

package hw_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

func devices(t *testing.T) []*hw.Device {
	t.Helper()
	all, err := hw.Devices()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCatalogueHoldsTheDataSheets(t *testing.T) {
	want := []string{"a10-24gb", "a100-pcie-80gb", "a100-sxm-40gb", "a100-sxm-80gb", "a10g-24gb",
		"a40-48gb", "a800-sxm-80gb", "b200-sxm-180gb", "b300-sxm-288gb", "gb200-nvl72-186gb",
		"gb300-nvl72-288gb", "gh200-144gb", "gh200-96gb", "h100-nvl-94gb", "h100-pcie-80gb", "h100-sxm-80gb",
		"h200-nvl-141gb", "h200-sxm-141gb", "h800-sxm-80gb", "l20-48gb", "l4-24gb", "l40s-48gb",
		"rtx-3090-24gb", "rtx-4090-24gb", "rtx-5090-32gb", "rtx-6000-ada-48gb", "rtx-a6000-48gb",
		"rtx-pro-6000-96gb"}
	var got []string
	for _, d := range devices(t) {
		got = append(got, d.Name)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v, want %v", got, want)
	}
	h100, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	if gib := float64(h100.Memory / units.GiB); math.Abs(gib-79.19) > 0.01 {
		t.Errorf("an H100 has %v GiB", gib)
	}
	if ridge := h100.Ridge(units.BF16); math.Abs(ridge-295.2) > 0.1 {
		t.Errorf("the H100's ridge is %v FLOP/B, want 989.4e12 / 3.352e12", ridge)
	}
	if h100.L2 != 50<<20 || h100.Link.Bandwidth != 450e9 || h100.Network.Latency != 5*units.Microsecond {
		t.Errorf("units are off: %+v", h100)
	}
	a100, err := hw.Lookup("a100")
	if err != nil {
		t.Fatal(err)
	}
	if a100.Supports(units.FP8) || !a100.Supports(units.INT8) || !h100.Supports(units.FP8Block) {
		t.Error("formats are off: an A100 has no fp8, an H100 has")
	}
}

// unusualSteps are how many times as fast as the next wider format a device's narrow one is, where that is
// not 2.
var unusualSteps = map[string]float64{
	"rtx-4090-24gb int8":      4, // fp16 runs at half rate where it accumulates in fp32; int8 does not
	"b300-sxm-288gb nvfp4":    3, // what Blackwell Ultra adds
	"gb300-nvl72-288gb nvfp4": 3,
	"rtx-5090-32gb int8":      4, // as the 4090
	"rtx-5090-32gb nvfp4":     4,
	"rtx-3090-24gb int8":      4,
}

func TestDevicesAreConsistent(t *testing.T) {
	names := map[string]string{}
	known := map[string]bool{}
	for _, d := range devices(t) {
		known[d.Name] = true
	}
	for _, d := range devices(t) {
		for _, name := range append(d.Aliases, d.Name) {
			if other, taken := names[name]; taken {
				t.Errorf("%s and %s are both called %s", other, d.Name, name)
			}
			names[name] = d.Name
			if found, err := hw.Lookup(strings.ReplaceAll(strings.ToUpper(name), "-", "_")); err != nil ||
				found.Name != d.Name {
				t.Errorf("%s does not lead to %s: %v", name, d.Name, err)
			}
		}
		if d.CalibratedAs != "" && !known[d.CalibratedAs] || d.CalibratedAs == d.Name {
			t.Errorf("%s stands in for %s", d.CalibratedAs, d.Name)
		}
		// Halving a format doubles the rate, to the rounding of data sheets, but on the devices below.
		for _, step := range []struct{ wide, narrow units.Format }{{units.BF16, units.FP8},
			{units.FP8, units.NVFP4}, {units.FP16, units.INT8}} {
			want := 2.0
			if unusual, ok := unusualSteps[d.Name+" "+step.narrow.String()]; ok {
				want = unusual
			}
			if ratio := float64(d.Peak[step.narrow] / d.Peak[step.wide]); d.Supports(step.narrow) &&
				math.Abs(ratio-want) > 0.03 {
				t.Errorf("%s: %v is %v times as fast as %v", d.Name, step.narrow, ratio, step.wide)
			}
		}
	}
}

// The rule of the house: no figure without its source.
func TestEveryFigureNamesItsSource(t *testing.T) {
	files, err := filepath.Glob("devices/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	figure := regexp.MustCompile(`^[\w-]+ = [0-9.]+\s*(#.{6,})?$`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(data), "\n") {
			if match := figure.FindStringSubmatch(line); match != nil && match[1] == "" {
				t.Errorf("%s:%d: %q has no source", file, i+1, line)
			}
		}
	}
}

func TestUnknownDeviceSuggestsTheNearest(t *testing.T) {
	_, err := hw.Lookup("h100-sxm-80bg")
	var f *fault.Error
	if !errors.As(err, &f) || !strings.Contains(err.Error(), `"h100-sxm-80gb"`) {
		t.Errorf("got %v", err)
	}
}

func TestUsersOwnFile(t *testing.T) {
	data, err := os.ReadFile("devices/l40s-48gb.toml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{"sms = 142 ", "sms = 0 ", "mine.toml:6: sms: 0 is not a positive finite number; "},
		{"sms = 142 ", "# ", "mine.toml: sms: is missing; "},
		{"864 ", "-864 ", "mine.toml:8: bandwidth_gb_per_s: -864 is not a positive"},
		{"864 ", "nan ", "mine.toml:8: bandwidth_gb_per_s: is not a number"},
		{"864 ", "inf ", "mine.toml:8: bandwidth_gb_per_s: +Inf is not a positive"},
		{"tdp_watts", "tdp_wats", `mine.toml:11: tdp_wats: unknown key; did you mean "tdp_watts"?`},
		{"fp16 = ", "fp61 = ", "peak_tflops.fp61: unknown number format"},
		{"fp16 = ", "fp16 = -", "mine.toml:17: peak_tflops.fp16: -362.05 is not"},
		{`"pcie4"`, `""`, "link.kind: is missing"},
		{"title = ", "title = 3 #", "mine.toml:1: title: 3 is a whole number; use a string"},
		{"title = ", "title ", "mine.toml:1: "},
		{"[peak_tflops]", "[peak_tflops]\nint8 = 1\n[other]", `unknown key`},
	} {
		file := filepath.Join(t.TempDir(), "mine.toml")
		if err := os.WriteFile(file, []byte(strings.Replace(good, c.old, c.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		device, err := hw.Lookup(file)
		if c.want == "" {
			if err != nil || device.Name != "mine" || device.SMs != 142 {
				t.Errorf("a good file gives %+v, %v", device, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q gives\n%v, want\n%s", c.new, c.old, err, c.want)
		}
	}
	if _, err := hw.Lookup("absent.toml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent file gives %v", err)
	}
}

// Every figure of a device is needed, and is a positive finite number: each is left out, and made what it
// cannot be.
func TestEveryFigureOfADeviceIsNeeded(t *testing.T) {
	data, err := os.ReadFile("devices/h100-sxm-80gb.toml")
	if err != nil {
		t.Fatal(err)
	}
	lines, table, figures := strings.Split(string(data), "\n"), "", 0
	for i, line := range lines {
		if name, header := strings.CutPrefix(line, "["); header {
			table = name[:strings.Index(name, "]")] + "."
		}
		key, value, _ := strings.Cut(line, " = ")
		if value == "" || strings.IndexAny(value, "0123456789") != 0 {
			continue
		}
		figures++
		key = table + strings.TrimSpace(key)
		for _, other := range []string{"", "0", "-1", "inf"} {
			changed := slices.Clone(lines)
			changed[i] = strings.Replace(line, value, other, 1)
			if other == "" {
				changed[i] = ""
			}
			if other == "" && table == "peak_tflops." && key != "peak_tflops.bf16" {
				continue // a format that the GPU has no tensor cores for
			}
			file := filepath.Join(t.TempDir(), "mine.toml")
			if err := os.WriteFile(file, []byte(strings.Join(changed, "\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := hw.Load(file); err == nil || !strings.Contains(err.Error(), ": "+key+": ") {
				t.Errorf("%s = %q gives %v", key, other, err)
			}
		}
	}
	if figures < 15 {
		t.Errorf("only %d figures", figures)
	}
}

// A V100 has fp16 alone: the laws time all 16-bit arithmetic at the rate of bf16.
func TestDeviceNeedsThePeakOfBF16(t *testing.T) {
	data, err := os.ReadFile("devices/l40s-48gb.toml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "mine.toml")
	text := regexp.MustCompile(`(?m)^bf16 =.*$`).ReplaceAllString(string(data), "")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := hw.Load(file); err == nil || !strings.Contains(err.Error(), "peak_tflops.bf16: is missing") {
		t.Errorf("got %v", err)
	}
}

// TestADeviceMayBeCalledAsItsDriverCallsIt holds what nvidia-smi prints under a device's name, and what
// people type.
func TestADeviceMayBeCalledAsItsDriverCallsIt(t *testing.T) {
	for printed, want := range map[string]string{
		"NVIDIA A10":                         "a10-24gb",
		"NVIDIA A100-SXM4-40GB":              "a100-sxm-40gb",
		"NVIDIA A100-SXM4-80GB":              "a100-sxm-80gb",
		"NVIDIA A100 80GB PCIe":              "a100-pcie-80gb",
		"NVIDIA A40":                         "a40-48gb",
		"NVIDIA B200":                        "b200-sxm-180gb",
		"NVIDIA GB200":                       "gb200-nvl72-186gb",
		"NVIDIA GH200 480GB":                 "gh200-96gb", // 480 GB are the CPU's
		"NVIDIA GeForce RTX 3090":            "rtx-3090-24gb",
		"NVIDIA GeForce RTX 4090":            "rtx-4090-24gb",
		"NVIDIA GeForce RTX 5090":            "rtx-5090-32gb",
		"NVIDIA H100 80GB HBM3":              "h100-sxm-80gb",
		"NVIDIA_H100_80GB_HBM3":              "h100-sxm-80gb", // vLLM's files of tuned kernels
		"NVIDIA H100 NVL":                    "h100-nvl-94gb",
		"NVIDIA H100 PCIe":                   "h100-pcie-80gb",
		"NVIDIA H200":                        "h200-sxm-141gb",
		"NVIDIA L4":                          "l4-24gb",
		"NVIDIA L40S":                        "l40s-48gb",
		"NVIDIA RTX A6000":                   "rtx-a6000-48gb",
		"4090":                               "rtx-4090-24gb",
		"RTX PRO 6000":                       "rtx-pro-6000-96gb",
		"NVIDIA H200 NVL":                    "h200-nvl-141gb",
		"NVIDIA GH200 144G HBM3e":            "gh200-144gb",
		"NVIDIA A10G":                        "a10g-24gb",
		"NVIDIA RTX 6000 Ada Generation":     "rtx-6000-ada-48gb",
		"NVIDIA RTX 5000 Ada Generation":     "",
		"NVIDIA GeForce RTX 4090 D":          "",
		"NVIDIA GeForce RTX 4090 Laptop GPU": "",
		"NVIDIA RTX PRO 6000 Blackwell Server Edition":            "rtx-pro-6000-96gb",
		"NVIDIA RTX PRO 6000 Blackwell Workstation Edition":       "rtx-pro-6000-96gb",
		"NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition": "", // 300 W
	} {
		var got string
		if device, err := hw.Lookup(printed); err == nil {
			got = device.Name
		}
		if got != want {
			t.Errorf("%s: %q, want %q", printed, got, want)
		}
	}
	if _, err := hw.Lookup("Tesla T4"); err == nil || !strings.Contains(err.Error(), "bf16 tensor cores") {
		t.Errorf("Tesla T4: %v", err)
	}
}

func ExampleLookup() {
	device, err := hw.Lookup("h200_sxm")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s: %.0f FLOP/B\n", device.Name, device.Ridge(units.FP8))
	// Output: h200-sxm-141gb: 412 FLOP/B
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		if _, err := hw.Lookup("h100"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestModelsThatAreUnknownAreNotTakenForOthers(t *testing.T) {
	for name, want := range map[string]string{
		"h20": "64 rows of Hopper's smallest tile", "H20-96GB": "64 rows", "mi300x": "AMD's engines run other kernels",
		"v100-32gb": "no bf16 tensor cores", "T4": "no bf16 tensor cores", "h220": "roofserve devices list",
		"gb100": "roofserve devices list", "h100-smx-80gb": `did you mean "h100-sxm-80gb"?`, "h010": `did you mean "h100`,
	} {
		_, err := hw.Lookup(name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", name, err, want)
		}
	}
	data, err := hw.TOML("gh200")
	if err != nil || !strings.Contains(string(data), "Grace Hopper") {
		t.Errorf("%v: %s", err, data)
	}
}

package units_test

import (
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"pgregory.net/rapid"
)

func TestFormatNamesRoundTrip(t *testing.T) {
	for _, name := range units.FormatNames() {
		var f units.Format
		if err := f.UnmarshalText([]byte(strings.ToUpper(name))); err != nil {
			t.Fatal(err)
		}
		if text, err := f.MarshalText(); err != nil || string(text) != name {
			t.Errorf("%s comes back as %s, %v", name, text, err)
		}
	}
	if _, err := units.ParseFormat("fp9"); err == nil {
		t.Error("fp9 is a format")
	}
	if got := units.Format(200).String(); got != "Format(200)" {
		t.Error(got)
	}
}

func TestFormatsHoldTheirScales(t *testing.T) {
	for f, want := range map[units.Format]units.Bytes{
		units.BF16: 2 << 14, units.FP8: 1 << 14, units.FP8Block: 1<<14 + 4, units.INT4: 1<<13 + 2*128,
		units.MXFP4:   1<<13 + 512,
		units.INT4G32: 1<<13 + 1024, units.NVFP4: 1<<13 + 1024,
	} {
		if got := f.Bytes(1 << 14); got != want {
			t.Errorf("2^14 elements of %v are %v bytes, want %v", f, got, want)
		}
	}
}

func TestTimeConversions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := units.Picoseconds(rapid.Int64Range(0, 1<<53).Draw(t, "ps"))
		if back := p.Seconds().Picoseconds(); back-p > 2 || p-back > 2 {
			t.Fatalf("%d ps come back as %d", p, back)
		}
	})
	if got := (1500 * units.Microsecond).Milliseconds(); got != 1.5 {
		t.Error(got)
	}
	if got := units.Picoseconds(2.5e9).Milliseconds(); got != 2.5 {
		t.Error(got)
	}
}

package units_test

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "GPUs", 1: "GPU", 2: "GPUs"} {
		if got := units.Plural(n, "GPU"); got != want {
			t.Errorf("%d %s, want %s", n, got, want)
		}
	}
}

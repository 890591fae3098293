package names_test

import (
	"testing"

	"github.com/roofserve/roofserve/internal/names"
	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	devices := []string{"a100-sxm-80gb", "h100-pcie-80gb", "h100-sxm-80gb", "h200-sxm-141gb"}
	for name, want := range map[string]string{
		"h100-sxm-80bg": "h100-sxm-80gb",
		"H200-SXM":      "h200-sxm-141gb",
		"a100-80gb":     "a100-sxm-80gb",
	} {
		if got := names.Nearest(name, devices); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"frobnicator", "x", "", "100"} {
		if got := names.Nearest(name, devices); got != "" {
			t.Errorf("nearest to %q is %q, want none", name, got)
		}
	}
	if got := names.Nearest("x", nil); got != "" {
		t.Errorf("nearest of nothing is %q", got)
	}
}

func TestNearestBreaksTiesByBeginning(t *testing.T) {
	if got := names.Nearest("ab", []string{"xb", "ax"}); got != "ax" {
		t.Errorf("got %q, want the one that begins alike", got)
	}
}

func TestKnownNameIsItsOwnNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9.-]{1,12}`), 1, 8, rapid.ID).Draw(t, "known")
		name := rapid.SampledFrom(known).Draw(t, "name")
		if got := names.Nearest(name, known); got != name {
			t.Fatalf("nearest to %q is %q", name, got)
		}
	})
}

func TestSuggest(t *testing.T) {
	if got := names.Suggest("nmae", []string{"name", "config"}); got != `did you mean "name"?` {
		t.Error(got)
	}
	if got := names.Suggest("frobnicator", []string{"name", "config"}); got != "use one of name, config" {
		t.Error(got)
	}
	if got := names.SuggestOf("frobnicator", []string{"name", "config"}, "roofserve models list"); got != "roofserve models list shows those that are known" {
		t.Error(got)
	}
	if got := names.Suggest("nmae", nil); got != "none are known here" {
		t.Error(got)
	}
}

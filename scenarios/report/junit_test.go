package report

import (
	"bytes"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	err := WriteJUnit(&b, "a & b", []scenarios.Verdict{
		{Metric: "p99_tpot_ms", Value: 50, Bound: "max 60", Kept: true}, {Metric: "failed", Value: 3, Bound: "max 0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="a &amp; b" tests="2" failures="1">
  <testcase classname="a &amp; b" name="p99_tpot_ms max 60"></testcase>
  <testcase classname="a &amp; b" name="failed max 0">
    <failure message="failed is 3, max 0">expect FAILED: failed is 3, max 0</failure>
  </testcase>
</testsuite>
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

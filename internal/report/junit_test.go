package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	sixty, none := 60.0, 0.0
	err := WriteJUnit(&b, "a & b", scenarios.Judge([]scenarios.Expectation{
		{Metric: "p99_tpot_ms", Max: &sixty}, {Metric: "failed", Max: &none}, {Metric: "p99_itl_ms", Max: &sixty},
	}, []scenarios.Metric{
		{Name: "p99_tpot_ms", Value: 50}, {Name: "failed", Value: 3}, {Name: "p99_itl_ms", Value: math.NaN(), Missing: "no request has a second token"},
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="a &amp; b" tests="3" failures="2">
  <testcase classname="a &amp; b" name="p99_tpot_ms max 60"></testcase>
  <testcase classname="a &amp; b" name="failed max 0">
    <failure message="failed is 3, max 0">expect FAILED: failed is 3, max 0</failure>
  </testcase>
  <testcase classname="a &amp; b" name="p99_itl_ms max 60">
    <failure message="p99_itl_ms has no value: no request has a second token; max 60">expect FAILED: p99_itl_ms has no value: no request has a second token; max 60</failure>
  </testcase>
</testsuite>
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// The counts of a sweep's suite are those of its test cases: one for each case, whatever came of it, and one
// for each bound.
func TestCasesJUnitCountsItsTestCases(t *testing.T) {
	kept, failed := CaseExpectation{Name: "completed min 1", Kept: true}, CaseExpectation{Name: "failed max 0", Text: "is 3"}
	cases := []CaseResult{
		{Scenario: "s.toml", Index: 0, Expectations: []CaseExpectation{kept, failed}},
		{Scenario: "s.toml", Index: 1, Error: "does not fit", DoesNotFit: true, Expectations: []CaseExpectation{failed, failed}},
		{Scenario: "s.toml", Index: 2, Error: "is wrong"},
		{Scenario: "s.toml", Index: 3},
	}
	var b bytes.Buffer
	if err := WriteCasesJUnit(&b, cases); err != nil {
		t.Fatal(err)
	}
	const want = `<testsuite name="s.toml" tests="8" failures="3" errors="1" skipped="1">`
	for text, n := range map[string]int{want: 1, "<testcase ": 8, "<failure ": 3, "<error ": 1, "<skipped ": 1} {
		if got := strings.Count(b.String(), text); got != n {
			t.Errorf("%d times %s, want %d:\n%s", got, text, n, &b)
		}
	}
}

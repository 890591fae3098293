package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// TestReferenceHasEveryNumberOfAResult compares the keys of a run's JSON object with
// docs/reference/metrics.md. What the object repeats of the scenario is not the page's.
func TestReferenceHasEveryNumberOfAResult(t *testing.T) {
	keys, err := os.ReadFile("testdata/contract/run.txt")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	number := regexp.MustCompile(`(?m)^(.*?)(?:\[\])?: .*\bnumber\b`)
	for _, m := range number.FindAllStringSubmatch(string(keys), -1) {
		if strings.HasPrefix(m[1], "scenario.") {
			continue
		}
		found++
		if !strings.Contains(string(page), "`"+m[1]+"`") {
			t.Errorf("docs/reference/metrics.md does not define %s", m[1])
		}
	}
	if found < 70 {
		t.Errorf("a result has %d numbers", found)
	}
}

// The unit that a metric's key promises is the one that its definition states; counts say what they count.
func TestUnitsAreThoseOfTheKeys(t *testing.T) {
	for _, d := range scenarios.Definitions {
		if unit := unitOf(d.Key); unit != d.Unit && unit != "1" {
			t.Errorf("%s is defined in %s, by its key in %s", d.Key, d.Unit, unit)
		}
	}
}

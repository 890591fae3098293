package report

import (
	"encoding/json"
	"testing"
)

// A result says which rules were in force where the scenario asks for a version or a profile, and is as it
// was where it does not.
func TestRulesInForceAreTold(t *testing.T) {
	r := simulated(t, "llama-3.1-8b-a100")
	text := func() string {
		var told any
		for _, f := range *Run(r).(*object) {
			if f.key == "rules" {
				told = f.value
			}
		}
		data, err := json.Marshal(told)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if got := text(); got != "null" {
		t.Errorf("without a version: %s", got)
	}
	r.Scenario.Engine.Version = "0.18.0"
	if got := text(); got != "[]" {
		t.Errorf("vLLM's: %s", got)
	}
	r.Parts.Limits.Rules.PageOverhead = true
	if got := text(); got != `["page_overhead"]` {
		t.Errorf("%s", got)
	}
}

package main

import (
	"context"
	"strings"
	"testing"
)

// TestAScenarioComesFromStandardInput runs one that no file holds, and refuses one at its line.
func TestAScenarioComesFromStandardInput(t *testing.T) {
	const text = "[model]\nname = \"llama-3.1-8b\"\n[workload]\nrequests = 3\n"
	for _, c := range []struct {
		text    string
		status  int
		out, is string
	}{
		{text, statusFine, `"completed": 3`, ""},
		{text + "x = 1", statusBadInput, "", "standard input:5: workload.x: unknown key"},
		{"# " + strings.Repeat("x", 5<<20), statusBadInput, "", "standard input: cannot be read: has more than 4194304 bytes; give a scenario in TOML"},
	} {
		var out, errs strings.Builder
		status := run(context.Background(), strings.NewReader(c.text), &out, &errs, []string{"run", "-", "--quiet", "--json", "-"})
		if status != c.status || !strings.Contains(out.String(), c.out) || !strings.HasPrefix(errs.String(), c.is) {
			t.Errorf("exit status %d: %s%s", status, out.String(), errs.String())
		}
	}
}

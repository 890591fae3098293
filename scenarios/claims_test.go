package scenarios

import (
	"strings"
	"testing"
)

// papers are the built-in scenarios that try claims of papers (results/systems), at loads that some of them
// cannot take; the others keep up with theirs.
func papers(claims bool) (list []string) {
	for _, name := range Names() {
		if strings.HasPrefix(name, "systems/") == claims {
			list = append(list, name)
		}
	}
	return list
}

func TestSystemsKeepWhatTheyExpect(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a dozen scenarios")
	}
	for _, name := range papers(true) {
		run := simulate(t, name)
		verdicts := run.Judge(nil)
		if len(verdicts) == 0 {
			t.Errorf("%s expects nothing", name)
		}
		for _, v := range verdicts {
			if !v.Kept {
				t.Errorf("%s: %s", name, v.String())
			}
		}
	}
}

package scenarios

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// draftingClasses is a trace whose requests are of two classes in turn, each with 40 tokens to give.
func draftingClasses(t *testing.T) string {
	t.Helper()
	text := `{"roofserve":"workload"}` + "\n"
	for i := range 40 {
		text += fmt.Sprintf(`{"arrival":%d,"input":100,"output":41,"slo_class":%q}`+"\n", 10*i, []string{"code", "chat"}[i%2])
	}
	path := filepath.Join(t.TempDir(), "classes.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDraftsByClass: after a first token of the prompt's, code takes 40 tokens in steps of three, and chat in
// steps of one, each request by itself: 14 and 40 steps.
func TestDraftsByClass(t *testing.T) {
	for _, sampling := range []string{"even", "rounds"} {
		s := Empty("classes")
		for _, setting := range []string{small, "workload.trace=" + draftingClasses(t), "speculative.method=eagle3",
			"speculative.num_speculative_tokens=2", "speculative.acceptance=0", "speculative.sampling=" + sampling,
			"speculative.by_class={code=[1, 1], nobody=0.5}"} {
			if err := s.SetText(setting); err != nil {
				t.Fatal(err)
			}
		}
		r, err := s.Simulate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m := Values(r.Metrics())
		steps, want := m["spec_decode_num_drafts"], 20*14+20*40.0
		if math.Abs(steps-want) > 0 || m["completed"] != 40 {
			t.Errorf("%s: %v steps of %v requests, want %v", sampling, steps, m["completed"], want)
		}
		if !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, `class "nobody" of speculative.by_class`) }) {
			t.Errorf("%s: nobody is missed in %q", sampling, r.Warnings)
		}
	}
}

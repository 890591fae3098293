package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/shlex"

	"github.com/roofserve/roofserve/docs"
)

// verbsPage is what docs/reference/verbs.md says.
func verbsPage(verbs []entry) string {
	var b strings.Builder
	b.WriteString("# Verbs\n\nWritten by `go test ./cmd/roofserve -run Manual -update`.\n")
	cell := strings.NewReplacer("|", `\|`, "<", "&lt;")
	for i := range verbs {
		v := &verbs[i]
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n    roofserve %s\n", v.name, sentence(v.summary), strings.TrimSpace(v.name+" "+v.usage))
		if v.details != "" {
			fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(v.details))
		}
		if len(v.flags) > 0 {
			b.WriteString("\n| flag | |\n|---|---|\n")
		}
		for _, g := range v.flags {
			call, usage := described(g)
			fmt.Fprintf(&b, "| `%s` | %s |\n", cell.Replace(call), cell.Replace(usage))
		}
		b.WriteString("\n")
		for _, example := range v.examples {
			fmt.Fprintf(&b, "    %s\n", example)
		}
	}
	b.WriteString("\n## Exit status\n\n| | |\n|---|---|\n")
	for _, s := range statuses {
		fmt.Fprintf(&b, "| %d | %s |\n", s.code, s.means)
	}
	return b.String()
}

// docs/reference/verbs.md says what the verbs say of themselves.
func TestManualOnThePage(t *testing.T) {
	verbs, err := manual(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	const file = "../../docs/reference/verbs.md"
	if *update {
		writeFile(t, file, verbsPage(verbs))
		return
	}
	committed, err := os.ReadFile(file)
	if err != nil || string(committed) != verbsPage(verbs) {
		t.Errorf("%s is stale (%v); write it with go test ./cmd/roofserve -run Manual -update", file, err)
	}
	if len(verbs) < 20 {
		t.Errorf("only %d verbs", len(verbs))
	}
	for i := range verbs {
		if v := &verbs[i]; strings.Contains(v.usage, "[flags]") != (len(v.flags) > 0) {
			t.Errorf("%s: its usage and its flags disagree: %q, %d flags", v.name, v.usage, len(v.flags))
		}
	}
}

// Troff finds nothing to complain about, and what it sets has every verb and flag.
func TestManualForMan(t *testing.T) {
	verbs, err := manual(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("SKIPPED: there is no groff")
	}
	c := exec.CommandContext(t.Context(), path, "-man", "-K", "utf8", "-T", "utf8", "-ww", "-P", "-cbou", "-rLL=200n")
	c.Stdin = strings.NewReader(manPage(verbs))
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil || errs.Len() > 0 {
		t.Fatalf("%v: %s", err, errs.String())
	}
	for i := range verbs {
		for _, g := range verbs[i].flags {
			if !strings.Contains(out.String(), "--"+g.Name) {
				t.Errorf("%s --%s is not in the manual", verbs[i].name, g.Name)
			}
		}
		for _, example := range verbs[i].examples {
			if !strings.Contains(out.String(), example) {
				t.Errorf("%s: no %q in the manual", verbs[i].name, example)
			}
		}
	}
}

// Examples name verbs and flags that there are.
func TestManualHasRightExamples(t *testing.T) {
	verbs, err := manual(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := range verbs {
		v := &verbs[i]
		for _, example := range v.examples {
			_, call, _ := strings.Cut(example, "roofserve ")
			words, err := shlex.Split(call) // which drops comments
			if err != nil || len(words) == 0 || words[0] != v.name {
				t.Errorf("%s: %q: %v", v.name, example, err)
			}
			for _, word := range words {
				name, _, _ := strings.Cut(word, "=")
				if strings.HasPrefix(word, "--") && v.flag(name) == nil {
					t.Errorf("%q: %s has no flag %s", example, v.name, name)
				}
				found++
			}
		}
	}
	if found < 100 {
		t.Errorf("the examples have %d words", found)
	}
}

// Text that looks like troff's stays text.
func TestRoff(t *testing.T) {
	if got, want := roff(".x\n'y\n--a \\n"), "\\&.x\n\\&'y\n\\-\\-a \\en"; got != want {
		t.Errorf("%q", got)
	}
}

// Every page is listed, and printed by the name that it is listed by; no name means two things.
func TestHelpPrintsPages(t *testing.T) {
	met := map[string]bool{}
	for _, p := range docs.Pages() {
		name := topic(&p)
		if met[name] {
			t.Errorf("two pages are %s", name)
		}
		met[name] = true
		var out, errs strings.Builder
		code := run(context.Background(), strings.NewReader(""), &out, &errs, []string{"help", name})
		if code != statusFine || out.String() != p.Text || p.Title == "" {
			t.Errorf("help %s: exit status %d: %s%.80s", name, code, errs.String(), out.String())
		}
	}
	if len(met) < 15 {
		t.Errorf("only %d pages", len(met))
	}
	var out, errs strings.Builder
	code := run(context.Background(), strings.NewReader(""), &out, &errs, []string{"help", "tutorail"})
	if code != statusBadInput || !strings.Contains(errs.String(), "tutorial") {
		t.Errorf("exit status %d: %s", code, errs.String())
	}
}

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// completed is what the program offers after some words, the last of which is under the cursor.
func completed(t *testing.T, words ...string) []string {
	t.Helper()
	var out, errs strings.Builder
	args := append([]string{"completion", completionWords}, words...)
	if code := run(context.Background(), strings.NewReader(""), &out, &errs, args); code != statusFine {
		t.Fatalf("%q: exit status %d: %s", words, code, errs.String())
	}
	return strings.Fields(out.String())
}

func TestCompletions(t *testing.T) {
	for _, c := range []struct {
		words string // | before the word under the cursor
		want  string // has all of these
		not   string
	}{
		{"|", "run sweep man completion help version", "deepseek-v3"},
		{"|sc", "scenarios", "run"},
		{"run |deepseek-v3", "deepseek-v3-h100 deepseek-v3-a100", "llama-3.1-8b-h100 --json"},
		{"run llama-3.1-8b-h100 |--j", "--json --junit", "--out"},
		{"run --theme |", "light dark", "deepseek-v3-h100"},
		{"run --set |hardware.", "hardware.device= hardware.gpus=", "model.name="},
		{"run --interval |llama-3.1-8b", "llama-3.1-8b-h100", ""},
		{"explain --model |deepseek", "deepseek-v3 deepseek-r1", "llama-3.1-8b"},
		{"compare --models |llama-3.1-8b,deepseek-v", "llama-3.1-8b,deepseek-v3", "deepseek-v3"},
		{"plan x.toml --devices |h100", "h100-sxm-80gb", "a100-sxm-80gb"},
		{"models |", "list show import", "deepseek-v3"},
		{"models show |deep", "deepseek-v3", "list"},
		{"devices show |b2", "b200-sxm-180gb", "h100-sxm-80gb"},
		{"scenarios show |deep", "deepseek-v3-h100", ""},
		{"workload stats |azure", "azure-2023-conv", ""},
		{"completion |", "bash zsh fish", ""},
		{"help |", "run tutorial howto/explain ci", ""},
	} {
		before, current, _ := strings.Cut(c.words, "|")
		got := completed(t, append(strings.Fields(before), current)...)
		for _, want := range strings.Fields(c.want) {
			if !slices.Contains(got, want) {
				t.Errorf("%s: no %s in %q", c.words, want, got)
			}
		}
		for _, not := range strings.Fields(c.not) {
			if slices.Contains(got, not) {
				t.Errorf("%s: %s is offered", c.words, not)
			}
		}
	}
	for _, files := range [][]string{{"run", "--json", ""}, {"models", "import", ""}, {"diff", ""}, {"nothing", ""}} {
		if got := completed(t, files...); len(got) > 0 {
			t.Errorf("%q: %q instead of files", files, got)
		}
	}
}

// Shells that are there are asked to complete, each in its own way, with the script that is made for it.
func TestShellsComplete(t *testing.T) {
	for name, script := range map[string]string{
		"bash": `source <(roofserve completion bash)
COMP_WORDS=(roofserve run deepseek-v3-h); COMP_CWORD=2; _roofserve; printf '%s\n' "${COMPREPLY[@]}"
COMP_WORDS=(roofserve models ''); COMP_CWORD=2; _roofserve; printf '%s\n' "${COMPREPLY[@]}"`,
		"zsh": `autoload -U compinit; compinit -D -u; source <(roofserve completion zsh)
compadd() { shift; print -l -- "$@" }
words=(roofserve run deepseek-v3-h); CURRENT=3; _roofserve
words=(roofserve models ''); CURRENT=3; _roofserve`,
		"zsh, from fpath": `mkdir f; roofserve completion zsh > f/_roofserve; fpath=(f $fpath); autoload -U compinit; compinit -D -u
compadd() { shift; print -l -- "$@" }
words=(roofserve run deepseek-v3-h); CURRENT=3; _roofserve
words=(roofserve models ''); CURRENT=3; _roofserve`,
		"fish": `roofserve completion fish | source
touch llama-3.1-8b-h100; complete -C 'roofserve run deepseek-v3-h'; complete -C 'roofserve models '`,
	} {
		t.Run(name, func(t *testing.T) {
			shell, _, _ := strings.Cut(name, ",")
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skip("SKIPPED: there is no " + shell)
			}
			c := exec.CommandContext(t.Context(), path, "-c", script)
			c.Dir = t.TempDir()
			c.Env = append(withProgram(t), "HOME="+c.Dir)
			out, err := c.CombinedOutput()
			if got := strings.Fields(string(out)); err != nil || !slices.Contains(got, "deepseek-v3-h100") ||
				!slices.Contains(got, "import") || slices.Contains(got, "llama-3.1-8b-h100") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// withProgram is an environment in which roofserve is this program.
func withProgram(t *testing.T) []string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tools := t.TempDir()
	if err := os.Symlink(program, filepath.Join(tools, "roofserve")); err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), asProgram+"=1", "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
}

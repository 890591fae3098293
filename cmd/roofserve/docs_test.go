package main

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/shlex"
)

// block is a fenced block of a page.
type block struct {
	info string // after the fence: the language, and what else there is to say
	text string
	line int
	file string // the name that the line before the block gives it
}

// blocks are the fenced blocks of a page. A line `NAME`… before one, up to a colon, makes a file of it.
func blocks(text string) []block {
	fence := regexp.MustCompile("(?ms)(?:^`([^`\n]+)`[^\n]*:\n\n)?^```([^\n]*)\n(.*?)^```$")
	var list []block
	for _, at := range fence.FindAllStringSubmatchIndex(text, -1) {
		part := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return text[at[2*i]:at[2*i+1]]
		}
		line := 1 + strings.Count(text[:at[6]], "\n")
		list = append(list, block{file: part(1), info: part(2), text: part(3), line: line})
	}
	return list
}

// unrun are what a page may say after ```sh, with the number of blocks of which it says so: what is not
// run, and what is held against the project instead.
var unrun = map[string]struct {
	blocks int
	why    string
}{
	"sh cluster": {2, "needs a cluster: .ci/slurm calls such a script, and Kubernetes is not to be had"},
	"sh network": {3, "downloads"},
	"sh python":  {2, "TestPythonPage runs them, where there is Python"},
	"sh project": {6, "builds the project, or tests it: what it names must be there"},
}

// TestCommandsOfThePages runs every command of README and of docs, a page in a folder with the files that it
// shows.
func TestCommandsOfThePages(t *testing.T) {
	met := map[string]int{}
	for _, name := range pagesOfTheProject(t) {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		list := blocks(string(text))
		for i := range list {
			met[list[i].info]++
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runPage(t, list)
		})
	}
	for info, want := range unrun {
		if met[info] != want.blocks {
			t.Errorf("%d blocks begin with ```%s (%s), %d are known of", met[info], info, want.why, want.blocks)
		}
	}
	if met["sh"] < 20 {
		t.Errorf("only %d blocks are run", met["sh"])
	}
}

// numbers are those that pages write in words.
var numbers = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
	"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"}

// TestPagesSayHowManyCommandsTheyTake: the tutorial and each how-to state the number of their commands, the
// first that they mention.
func TestPagesSayHowManyCommandsTheyTake(t *testing.T) {
	stated := regexp.MustCompile(`(?i)\b(` + strings.Join(numbers, "|") + `)(?: of these (` + strings.Join(numbers, "|") + `))?\s+commands?\b`)
	for _, name := range pagesOfTheProject(t) {
		if !strings.HasPrefix(name, "docs/howto/") && name != "docs/tutorial.md" {
			continue
		}
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		commands := 0
		for _, b := range blocks(string(text)) {
			if b.info == "sh" || strings.HasPrefix(b.info, "sh ") {
				commands += len(strings.Split(strings.TrimSpace(b.text), "\n"))
			}
		}
		said := stated.FindStringSubmatch(string(text))
		if said == nil {
			t.Errorf("%s does not say that it takes %s commands", name, numbers[commands])
		} else if word := strings.ToLower(cmp.Or(said[2], said[1])); word != numbers[commands] {
			t.Errorf("%s says %q and has %d commands", name, said[0], commands)
		}
	}
}

// pagesOfTheProject are README and all pages below docs, by name.
func pagesOfTheProject(t *testing.T) []string {
	t.Helper()
	list := []string{"README.md", "CONTRIBUTING.md"}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range found {
			list = append(list, filepath.ToSlash(strings.TrimPrefix(file, filepath.FromSlash("../../"))))
		}
	}
	return list
}

// runPage writes the files of a page and runs its commands, in their order.
func runPage(t *testing.T, list []block) {
	dir := t.TempDir()
	for _, b := range list {
		if b.file != "" && !strings.HasPrefix(b.info, "go") && b.info != "diff" {
			path := filepath.Join(dir, b.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, path, b.text)
		}
	}
	var said string
	for _, b := range list {
		switch {
		case b.info == "sh":
			said = runBlock(t, dir, b)
		case b.info == "sh project":
			namesWhatThereIs(t, b)
		case b.info == "text":
			for line := range strings.Lines(b.text) {
				if line = strings.TrimSpace(line); line != "…" && !strings.Contains(said, line) {
					t.Errorf("line %d: the command before does not say %q, but\n%s", b.line, line, said)
				}
			}
		case regexp.MustCompile(`(?m)^(roofserve|go (run|test|install)) `).MatchString(b.text) && unrun[b.info].why == "":
			t.Errorf("line %d: ```%s holds commands that nothing runs; write ```sh", b.line, b.info)
		}
	}
}

// runBlock gives a block to a shell for which roofserve is this program, and the project's docs lie in the
// folder as in a clone, and returns what it says.
func runBlock(t *testing.T, dir string, b block) string {
	t.Helper()
	docs, err := filepath.Abs("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(docs, filepath.Join(dir, "docs")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "sh", "-eux", "-c", b.text)
	c.Dir, c.WaitDelay = dir, time.Minute
	c.Env = withProgram(t)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("line %d: %v\n%s", b.line, err, out)
	}
	return string(out)
}

// namesWhatThereIs holds what a command of the project names against the project: packages, tests, scripts
// and verbs.
func namesWhatThereIs(t *testing.T, b block) {
	t.Helper()
	for line := range strings.Lines(b.text) {
		words, err := shlex.Split(line)
		if err != nil {
			t.Errorf("line %d: %v", b.line, err)
		}
		for i, word := range words {
			path, inProject := strings.CutPrefix(word, "./")
			path = strings.TrimSuffix(path, "...")
			inProject = inProject || strings.HasPrefix(word, ".ci/")
			if _, err := os.Stat(filepath.Join("../..", path)); inProject && err != nil {
				t.Errorf("line %d: there is no %s", b.line, word)
			}
			if word == "./cmd/roofserve" && i+1 < len(words) && words[1] == "run" {
				if _, err := find(words[i+1]); err != nil {
					t.Errorf("line %d: %v", b.line, err)
				}
			}
			if word == "-run" && !hasTest(t, words[i-1], words[i+1]) {
				t.Errorf("line %d: %s has no test %s", b.line, words[i-1], words[i+1])
			}
		}
	}
}

// hasTest tells whether a package has a test whose name matches a pattern.
func hasTest(t *testing.T, folder, pattern string) bool {
	t.Helper()
	tests, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tests {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			if regexp.MustCompile(pattern).MatchString(m[1]) {
				return true
			}
		}
	}
	return false
}

// A page's blocks are found with their names and what follows the fence.
func TestBlocksOfAPage(t *testing.T) {
	got := blocks("# T\n\n`a.toml`, a file:\n\n```toml\nx = 1\n```\n\n```sh network\ngo install\n```\n")
	want := []block{
		{info: "toml", text: "x = 1\n", line: 6, file: "a.toml"}, {info: "sh network", text: "go install\n", line: 10},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v", got)
	}
}

package cluster

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/shlex"
	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// hard is a sweep in whose words is all that shells, YAML and Kubernetes read in their own ways.
func hard() *Shares {
	return &Shares{Command: []string{"roofserve", "sweep", "a folder/It's #1.toml"}, Cases: 12, Shards: 3, CPUs: 2,
		Scenario: "a folder/It's #1.toml", Out: "re%sults/$HOME", Flags: []string{"--set", `a="$(b)" \ 'c' é`, "--interval"},
		Merge: []string{"--html", "{x}: &y"}}
}

// invalid is what Kubernetes has against objects of a kind; nil where it has nothing.
func invalid(t *testing.T, kind string, object map[string]any) error {
	t.Helper()
	types, err := os.ReadFile("testdata/kubernetes/types.yaml")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := typed.NewParser(typed.YAMLObject(types))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Type("io.k8s.api." + kind).FromUnstructured(object)
	return err
}

// objects are those of a manifest.
func objects(t *testing.T, text string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for d := yaml.NewDecoder(strings.NewReader(text)); ; {
		var o map[string]any
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		list = append(list, o)
	}
}

// in is what stands in an object at a path; numbers are places in lists.
func in(o any, path ...any) any {
	for _, step := range path {
		switch at := step.(type) {
		case string:
			m, _ := o.(map[string]any)
			o = m[at]
		case int:
			list, _ := o.([]any)
			if at >= len(list) {
				return nil
			}
			o = list[at]
		}
	}
	return o
}

var container = []any{"spec", "template", "spec", "containers", 0}[:5:5]

func args(o map[string]any) []any {
	list, _ := in(in(o, container...), "args").([]any)
	return list
}

// Manifests are what Kubernetes' published types take, with all that it asks for beyond them.
func TestManifestsAreWhatKubernetesTakes(t *testing.T) {
	texts := map[string][]byte{"It's #1.toml": []byte("[model]\n\tname = \"x\" # $(y)\n\n"), "in/trace.csv.gz": {0xff, 0, 1},
		"no-end.csv": []byte("arrival,input,output\n0,1,2"), "spaced.csv": []byte("  a\r\nb: {}\n"), "empty.csv": {}}
	p := &Pods{Image: `registry/roofserve:1@"2`, Claim: "claim", Scenario: "It's #1.toml"}
	for path, text := range texts {
		p.Files = append(p.Files, Carried{path, text})
	}
	text, err := Kubernetes(hard(), p)
	if err != nil {
		t.Fatal(err)
	}
	list := objects(t, text)
	if len(list) != 3 {
		t.Fatalf("has %d objects:\n%s", len(list), text)
	}
	for i, kind := range []string{"core.v1.ConfigMap", "batch.v1.Job", "batch.v1.Job"} {
		if err := invalid(t, kind, list[i]); err != nil {
			t.Errorf("%s: %v\n%s", kind, err, text)
		}
	}
	items, _ := in(list[1], "spec", "template", "spec", "volumes", 1, "configMap", "items").([]any)
	if len(items) != len(texts) {
		t.Fatalf("%d files are mounted, want %d", len(items), len(texts))
	}
	for _, item := range items {
		key, want := in(item, "key").(string), texts[in(item, "path").(string)]
		got, plain := in(list[0], "data", key).(string)
		if encoded, ok := in(list[0], "binaryData", key).(string); ok {
			if got, plain = string(encoded), true; got == (Carried{Text: want}).Base64() {
				got = string(want)
			}
		}
		if got != string(want) || !plain {
			t.Errorf("%v holds %q, want %q", item, got, want)
		}
	}
	want := []any{"sweep", "It's #1.toml", "--out", "/results/re%sults/$HOME", "--cases-only", "--shard",
		"$(JOB_COMPLETION_INDEX)+1/3", "--jobs", "2", "--quiet", "--set", `a="$$(b)" \ 'c' é`, "--interval"}
	if got := args(list[1]); !slices.Equal(got, want) {
		t.Errorf("the shards' arguments are %q,\nwant %q", got, want)
	}
	want = []any{"merge", "/results/re%sults/$HOME", "--out", "/results/re%sults/$HOME", "--complete", "--html", "{x}: &y"}
	if got := args(list[2]); !slices.Equal(got, want) {
		t.Errorf("the merge's arguments are %q,\nwant %q", got, want)
	}
	for _, job := range list[1:] {
		for _, path := range [][]any{{"metadata", "name"}, {"spec", "template", "spec", "volumes", 0, "name"}, append(container, "name"),
			append(container, "volumeMounts", 0, "mountPath")} {
			if in(job, path...) == nil {
				t.Errorf("there is no %v", path)
			}
		}
		if in(job, "apiVersion") != "batch/v1" || in(job, "kind") != "Job" || in(job, "spec", "template", "spec", "restartPolicy") != "Never" {
			t.Errorf("is no Job with a failure policy: %v", job)
		}
	}
	if in(list[1], "spec", "completions") != 3 || in(list[1], "spec", "completionMode") != "Indexed" ||
		in(list[2], "spec", "suspend") != true || in(in(list[1], container...), "image") != p.Image {
		t.Error(text)
	}
}

// A built-in scenario needs no ConfigMap.
func TestManifestOfABuiltInScenario(t *testing.T) {
	text, err := Kubernetes(hard(), &Pods{Image: "i", Claim: "c", Scenario: "llama-3.1-8b-h100"})
	if err != nil {
		t.Fatal(err)
	}
	list := objects(t, text)
	carries := strings.Contains(text, "ConfigMap") || strings.Contains(text, scenarioFolder)
	if len(list) != 2 || carries || args(list[0])[1] != "llama-3.1-8b-h100" {
		t.Error(text)
	}
}

// Validation finds what a slip of the pen would make of a manifest.
func TestValidationFindsMistakes(t *testing.T) {
	text, err := Kubernetes(hard(), &Pods{Image: "i", Claim: "c", Scenario: "s"})
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"completions: 3": `completions: "3"`, "completionMode": "completionmode",
		"claimName": "name", "      volumes:": "      volume:", "- action: Ignore": "- actions: Ignore", "suspend: true": "suspend: yes please"} {
		broken, found := strings.Replace(text, from, to, 1), false
		for _, o := range objects(t, broken) {
			found = found || invalid(t, "batch.v1.Job", o) != nil
		}
		if !found || broken == text {
			t.Errorf("%q instead of %q is not found", to, from)
		}
	}
}

// What a shell makes of the script are the words that were meant, whatever is in them. Here sbatch is a
// function that prints what it is told, and runs the job's script with a program that prints its arguments.
func TestSlurmScriptSaysWhatIsMeant(t *testing.T) {
	script, err := Slurm(hard())
	if err != nil {
		t.Fatal(err)
	}
	const stub = `#!/bin/sh
printf '%s\n' sbatch "$@" >>said
SLURM_ARRAY_TASK_ID=2 sh >>said
echo '17;cluster'
`
	dir := t.TempDir()
	for name, text := range map[string]string{"sbatch": stub, "program": "#!/bin/sh\nprintf '%s\\n' \"$@\"\n", "sweep.sh": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := exec.Command("sh", "sweep.sh", "--partition=a b")
	p.Dir = dir
	p.Env = append(os.Environ(), "ROOFSERVE=./program", "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := p.CombinedOutput(); err != nil || string(out) != "shards: job 17; merge: job 17; what they say: re%sults/$HOME-log\n" {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
	said, err := os.ReadFile(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"sbatch", "--parsable", "--job-name=sweep-it-s-1", "--array=1-3", "--cpus-per-task=2", "--requeue",
		"--output=re%%sults/$HOME-log/shard-%a.txt", "--partition=a b",
		"sweep", "a folder/It's #1.toml", "--out", "re%sults/$HOME", "--cases-only", "--shard", "2/3", "--jobs", "2", "--quiet",
		"--set", `a="$(b)" \ 'c' é`, "--interval",
		"sbatch", "--parsable", "--job-name=sweep-it-s-1-merge", "--dependency=afterok:17", "--kill-on-invalid-dep=yes",
		"--output=re%%sults/$HOME-log/merge.txt", "--partition=a b",
		"merge", "re%sults/$HOME", "--out", "re%sults/$HOME", "--complete", "--html", "{x}: &y"}
	if got := strings.Split(strings.TrimSuffix(string(said), "\n"), "\n"); !slices.Equal(got, want) {
		t.Errorf("says %q,\nwant %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "re%sults", "$HOME-log")); err != nil {
		t.Error(err)
	}
}

// A line break would end a comment, and begin a command.
func TestLineBreaksAreRefused(t *testing.T) {
	for _, put := range []func(s *Shares, word string){
		func(s *Shares, word string) { s.Command[1] = word }, func(s *Shares, word string) { s.Scenario = word },
		func(s *Shares, word string) { s.Out = word }, func(s *Shares, word string) { s.Flags[0] = word },
		func(s *Shares, word string) { s.Merge[0] = word },
	} {
		s := hard()
		put(s, "a\nrm b")
		if text, err := Slurm(s); err == nil {
			t.Errorf("no error:\n%s", text)
		}
		if text, err := Kubernetes(s, &Pods{}); err == nil {
			t.Errorf("no error:\n%s", text)
		}
	}
}

// Words are read by a shell as they were before they were quoted.
func FuzzQuoted(f *testing.F) {
	f.Add("it's", `a "b" $(c) \`)
	f.Fuzz(func(t *testing.T, one, other string) {
		words := []string{one, other}
		got, err := shlex.Split(line(words))
		if strings.ContainsRune(one+other, 0) || !utf8.ValidString(one) || !utf8.ValidString(other) {
			return // no word of a command line, or none that the library keeps
		}
		if err != nil || !slices.Equal(got, words) {
			t.Errorf("%q becomes %q: %v", words, got, err)
		}
	})
}

func TestCarry(t *testing.T) {
	root := t.TempDir()
	for name, size := range map[string]int{"in/s.toml": 3, "in/deep/t.csv": 4, "out.csv": 5, "in/large.csv": maxCarried + 1} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(root)
	list, err := Carry("in", []string{"in/s.toml", "in/deep/t.csv", filepath.Join(root, "out.csv")})
	if err != nil || len(list) != 2 || list[0].Path != "s.toml" || list[1].Path != "deep/t.csv" || len(list[1].Text) != 4 {
		t.Errorf("%v, %v", list, err)
	}
	for file, want := range map[string]string{"out.csv": "lies outside", "in/large.csv": "has more than", "in/none": "no such file"} {
		if _, err := Carry("in", []string{file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
	many := &Pods{Files: []Carried{{"a", make([]byte, maxCarried)}, {"b", make([]byte, 1)}}}
	if _, err := Kubernetes(hard(), many); err == nil || !strings.Contains(err.Error(), "of which a ConfigMap holds") {
		t.Errorf("more than a ConfigMap holds: %v", err)
	}
}

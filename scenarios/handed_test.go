package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/roofserve/roofserve/hw"
)

// handed is what a program hands in: a scenario in a folder, and what it names.
func handed(t *testing.T) fstest.MapFS {
	t.Helper()
	config, err := os.ReadFile("../sim/arch/huggingface/testdata/Qwen__Qwen3-8B.json")
	if err != nil {
		t.Fatal(err)
	}
	device, err := hw.TOML("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"mine/s.toml": text(`[model]
config = "config.json"
[hardware]
device = "../device.toml"
gpus = 1
[workload]
trace = "trace.csv"
[[expect]]
metric = "completed"
max_increase = "0%"
baseline = "earlier.json"
`),
		"mine/config.json":  {Data: config},
		"mine/trace.csv":    text("arrival,input,output\n0,100,20\n1,200,30\n"),
		"mine/earlier.json": text(`{"completed": 2}`),
		"device.toml":       {Data: device},
	}
}

// TestScenariosAreReadFromWhatIsHandedIn reads all that a scenario names, and nothing of the machine.
func TestScenariosAreReadFromWhatIsHandedIn(t *testing.T) {
	here := filepath.Join(t.TempDir(), "here.toml")
	if err := os.WriteFile(here, []byte("[model]\nname = \"llama-3.1-8b\"\n"+synthetic), 0o600); err != nil {
		t.Fatal(err)
	}
	files := handed(t)
	ReadFrom(files)
	t.Cleanup(func() { ReadFrom(nil) })
	for _, path := range []string{"mine/s.toml", "/mine/s.toml", "./mine/../mine/s.toml"} {
		s, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Build()
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.Run(t.Context(), Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		baselines, err := s.Baselines(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Judge(baselines) {
			if !v.Kept || v.Metric.Value != 2 {
				t.Errorf("%+v", v)
			}
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Load(here); err == nil || !strings.Contains(err.Error(), "neither a file nor a built-in scenario") {
		t.Errorf("a file of the machine: %v", err)
	}
	for _, name := range []string{"mine/config.json", "mine/trace.csv", "device.toml"} {
		lacking := handed(t)
		delete(lacking, name)
		ReadFrom(lacking)
		s, err := Load("mine/s.toml")
		if err == nil {
			_, err = s.Build()
		}
		if err == nil {
			t.Errorf("without %s there is no error", name)
		}
	}
}

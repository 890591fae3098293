package scenarios

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/roofserve/roofserve/sim/arch"
	"pgregory.net/rapid"
)

const smallText = `
[model]
name = "llama-3.1-8b"
[hardware]
device = "h100-sxm-80gb"
[workload.synthetic]
requests = 40
arrival = { process = "poisson", rate = 20.0 }
input = { distribution = "uniform", min = 10, max = 900 }
output = { distribution = "uniform", min = 2, max = 60 }
`

// variations are settings of the system, each with one that it may be told from only by what set it.
var variations = [][]string{
	{"model.name=qwen2.5-7b", "model.attention.kv_heads=4", "model.name=llama-3.1-8b+attention.kv_heads=4"},
	{"hardware.gpus=2", "hardware.device=a100-sxm-80gb", "hardware.replicas=2"},
	{"precision.kv=fp8", "precision.weights=fp8", "precision.kv=auto"},
	{"engine.policy=sglang", "engine.policy=trtllm", "engine.version=0.10.0", "engine.prefix_caching=false"},
	{"engine.max_model_len=2048", "engine.num_gpu_blocks=300", "engine.max_num_seqs=256", "engine.watermark=0"},
	{"workload.synthetic.seed=4", "workload.rate_scale=3", "workload.synthetic.requests=20"},
}

// Scenarios of one document give what each gives by itself, whatever ran before it.
func TestScenariosShareSystemsUnseen(t *testing.T) {
	shared, err := Parse("small", "", []byte(smallText))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var settings []string
		for i, of := range variations {
			if rapid.Bool().Draw(t, fmt.Sprint("varied ", i)) {
				settings = append(settings, rapid.SampledFrom(of).Draw(t, "setting"))
			}
		}
		alone, err := Parse("small", "", []byte(smallText))
		if err != nil {
			t.Fatal(err)
		}
		alone.source.systems = nil
		got, gotErr := ranWith(*shared, settings)
		want, wantErr := ranWith(*alone, settings)
		if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
			t.Fatalf("%v: %v, alone %v", settings, gotErr, wantErr)
		}
		if gotErr != nil {
			return
		}
		if !reflect.DeepEqual(Values(got.Metrics()), Values(want.Metrics())) ||
			!reflect.DeepEqual(got.Warnings, want.Warnings) ||
			!reflect.DeepEqual(got.Breakdown, want.Breakdown) ||
			!reflect.DeepEqual(got.Scenario.Engine, want.Scenario.Engine) {
			t.Fatalf("%v: a scenario that shares its system gives something else", settings)
		}
	})
}

func ranWith(s Scenario, settings []string) (*Run, error) {
	for _, set := range settings {
		if err := s.SetText(set); err != nil {
			return nil, err
		}
	}
	return s.Simulate(context.Background())
}

// The same file name means another file where a flag gives it than where the scenario does.
func TestSystemsOfFilesInTwoFolders(t *testing.T) {
	here, there := t.TempDir(), t.TempDir()
	for folder, name := range map[string]string{here: "qwen2.5-7b", there: "llama-3.1-8b"} {
		spec, err := arch.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "m.toml"), spec.TOML(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(here)
	s, err := Parse("small", there, []byte(strings.Replace(smallText, "llama-3.1-8b", "m.toml", 1)))
	if err != nil {
		t.Fatal(err)
	}
	ours := *s
	if err := ours.SetText("model.name=m.toml"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    *Scenario
		want string
	}{{s, "llama-3.1-8b"}, {&ours, "qwen2.5-7b"}, {s, "llama-3.1-8b"}} {
		if _, p, err := c.s.Resolve(); err != nil || p.Model.Name != c.want {
			t.Errorf("%v, %v; want %s", p.Model.Name, err, c.want)
		}
	}
}

// A system is compiled once for all loads, at the same time too, and its meters come back.
func TestLoadsShareOneSystem(t *testing.T) {
	s, err := Parse("small", "", []byte(smallText))
	if err != nil {
		t.Fatal(err)
	}
	built := make([]*Built, 8)
	var workers sync.WaitGroup
	for i := range built {
		workers.Go(func() {
			of := *s
			err := errors.Join(of.Set("workload.synthetic.seed", i+1, "test"), of.Set("hardware.replicas", 2, "test"))
			if err != nil {
				t.Error(err)
				return
			}
			b, err := of.Build()
			if err != nil {
				t.Error(err)
				return
			}
			built[i] = b
			if _, err := b.Run(context.Background(), Hooks{}); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	if t.Failed() {
		return
	}
	for _, b := range built {
		if b.cost != built[0].cost || b.system != built[0].system {
			t.Error("loads of one system have cost models of their own")
		}
	}
	y := built[0].system
	lent := len(y.free)
	if lent == 0 || lent > 8*2 {
		t.Errorf("%d meters came back", lent)
	}
	if m := y.lend(); len(y.free) != lent-1 || m == nil {
		t.Error("a meter that came back is not lent again")
	}
}

// Of many systems the oldest are forgotten.
func TestSystemsAreBounded(t *testing.T) {
	var l systems
	for i := range 3 * maxSystems {
		l.keep(fmt.Sprint(i), &system{})
	}
	if len(l.known) != maxSystems || l.find("0") != nil || l.find(fmt.Sprint(3*maxSystems-1)) == nil {
		t.Errorf("%d systems are kept", len(l.known))
	}
}

package strict_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/strict"
)

type common struct {
	Seed int `toml:"seed"`
}

type file struct {
	common
	Name     string `toml:"name"`
	Hardware struct {
		Device string  `toml:"device"`
		GPUs   int     `toml:"gpus"`
		Share  float64 `toml:"share"`
		Nodes  *uint8  `toml:"nodes"`
	} `toml:"hardware"`
	Weights  units.Format       `toml:"weights"`
	Peaks    map[string]float64 `toml:"peaks"`
	Override map[string]any     `toml:"override"`
	Pair     [2]int             `toml:"pair"`
	Quiet    bool               `toml:"quiet"`
	Sweep    []struct {
		Key    string `toml:"key"`
		Values []any  `toml:"values"`
		Groups []struct {
			Repeat int `toml:"repeat"`
		} `toml:"groups"`
	} `toml:"sweep"`
	Arrival struct {
		Process string  `toml:"process"`
		Rate    float64 `toml:"rate"`
	} `toml:"arrival"`
}

const whole = `# a comment with key = 1
name = """
two = "lines"
[fake]""" # name
weights = "fp8"
pair = [1, 2]
quiet = true
seed = 7
arrival = { process = "poisson", rate = 2 }
[hardware]
device = 'h100 # "sxm"'
gpus = 4
share = 0.5
nodes = 2
[peaks]
bf16 = 3
[override]
anything = { nested = [1, "a"] }
[[sweep]]
key = "a.b"
values = [ # four
  1, 2.5,
  "x", true,
]
[[sweep]]
key = "c"
  [[sweep.groups]]
  repeat = 3
  [[sweep.groups]]
  repeat = 4
`

func TestDecodeReadsWhatTheLibraryReads(t *testing.T) {
	var got, want file
	if err := strict.Decode("s.toml", []byte(whole), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := toml.Decode(whole, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(file{})); diff != "" {
		t.Error(diff)
	}
}

func TestLines(t *testing.T) {
	document, err := strict.Parse("s.toml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"name": 2, "weights": 5, "arrival.rate": 9, "hardware": 10, "hardware.gpus": 12, "override.anything.nested": 18,
		"sweep": 19, "sweep[0].key": 20, "sweep[0].values": 21, "sweep[0].values[3]": 23, "sweep[1].key": 26,
		"sweep[1].groups[0].repeat": 28, "sweep[1].groups[1].repeat": 30,
		"hardware.absent": 10, "absent": 0,
	} {
		if got := document.Line(path); got != want {
			t.Errorf("%s is said to be on line %d, not %d", path, got, want)
		}
	}
	if !document.Has("hardware.gpus") || document.Has("hardware.absent") {
		t.Error("Has is wrong")
	}
}

func TestMistakesAreReportedWhereTheyAre(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"name = \"x\"\nnmae = 3", `s.toml:2: nmae: unknown key; did you mean "name"?`},
		{"[hardware]\ngpus = 1\n[hardwear]\ngpus = 2", `s.toml:3: hardwear: unknown key; did you mean "hardware"?`},
		{"[[sweep]]\nkey = \"a\"\n[[sweep]]\nkey = 3\n[[sweep]]\nkey = \"b\"", `s.toml:4: sweep[1].key: 3 is a whole number; use a string`},
		{"[[sweep]]\nkey = \"a\"\n[[sweep]]\nvalue = 3", `s.toml:4: sweep[1].value: unknown key; did you mean "values"?`},
		{"arrival = { process = \"poisson\",\n rtae = 2 }", `s.toml:2: arrival.rtae: unknown key; did you mean "rate"?`},
		{"arrival.rate = nan", `s.toml:1: arrival.rate: is not a number; use a finite number`},
		{"override.x = [1, nan]", ``},
		{"peaks.bf16 = \"a\"", `s.toml:1: peaks.bf16: "a" is a string; use a number`},
		{"hardware.gpus = 1.5", `s.toml:1: hardware.gpus: 1.5 is a fraction; use a whole number`},
		{"hardware.nodes = 300", `s.toml:1: hardware.nodes: 300 is out of range; use a whole number from 0`},
		{"hardware.nodes = true", `s.toml:1: hardware.nodes: true is a boolean; use a whole number`},
		{"hardware = 3", `s.toml:1: hardware: 3 is a whole number; use a table`},
		{"peaks = []", `s.toml:1: peaks: is an array; use a table`},
		{"quiet = 2020-01-01", `s.toml:1: quiet: is a date; use true or false`},
		{"[quiet]", `s.toml:1: quiet: is a table; use true or false`},
		{"pair = [1]", `s.toml:1: pair: has 1 elements; use 2`},
		{"sweep = 1", `s.toml:1: sweep: 1 is a whole number; use an array`},
		{"weights = \"fp9\"", `s.toml:1: weights: unknown number format "fp9"; one of bf16`},
		{"weights = 9", `s.toml:1: weights: 9 is a whole number; use a string`},
		{"name = \"x\"\n\n[hardware\ngpus = 1", `s.toml:3: `},
		{"name = \"x\"\nname = \"y\"", `s.toml:2: name: `},
		{"gpus = 1", `s.toml:1: gpus: unknown key; it is a key of [hardware]`},
		{"[hardware]\nrepeat = 1", `s.toml:2: hardware.repeat: unknown key; it is a key of [[sweep.groups]]`},
		{"[[sweep]]\n[[sweep]]\nrepeat = 1", `s.toml:3: sweep[1].repeat: unknown key; it is a key of [[sweep.groups]]`},
		{"b = 1\na = 1", `s.toml:1: b: unknown key; use one of`},
	} {
		err := strict.Decode("s.toml", []byte(c.text), &file{})
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Errorf("%q gives %v", c.text, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q gives\n%s, want\n%s", c.text, err, c.want)
		}
	}
}

func TestFaultNamesTheNearestLine(t *testing.T) {
	document, err := strict.Parse("s.toml", []byte("[hardware]\ngpus = -4"))
	if err != nil {
		t.Fatal(err)
	}
	if got := document.Faultf("hardware.gpus", "use at least 1", "%d is negative", -4).Error(); got != "s.toml:2: hardware.gpus: -4 is negative; use at least 1" {
		t.Error(got)
	}
	if got := document.Fault("hardware.device", "is missing", "name one").Error(); got != "s.toml:1: hardware.device: is missing; name one" {
		t.Error(got)
	}
	if document.File() != "s.toml" {
		t.Error(document.File())
	}
}

func ExampleDecode() {
	var spec struct{ Name string }
	err := strict.Decode("scenario.toml", []byte("name = \"x\"\nnmae = 3\n"), &spec)
	fmt.Println(err)
	// Output: scenario.toml:2: nmae: unknown key; did you mean "Name"?
}

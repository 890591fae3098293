package playground

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

// ask puts a question and gives the answer, whose error it returns.
func ask(t *testing.T, q Question) (Answer, string) {
	t.Helper()
	t.Cleanup(func() { bounded.Hand(nil) })
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var a Answer
	if err := json.Unmarshal(Reply(context.Background(), text), &a); err != nil {
		t.Fatal(err)
	}
	return a, a.Error
}

// must is an answer that is no error.
func must(t *testing.T, q Question) Answer {
	t.Helper()
	a, fault := ask(t, q)
	if fault != "" {
		t.Fatal(fault)
	}
	return a
}

// compact is the JSON that the command line writes of an object, without its blanks.
func compact(t *testing.T, object any) string {
	t.Helper()
	var written, b bytes.Buffer
	if err := report.WriteJSON(&written, object); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&b, written.Bytes()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const small = `[model]
name = "llama-3.1-8b"
[hardware]
device = "h100-sxm-80gb"
gpus = 1
[workload]
trace = "azure-2023-conv"
requests = 200
`

func TestAnswersAreWhatTheCommandLineWrites(t *testing.T) {
	s, err := scenarios.Parse("small", "", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run.Judge(nil)
	step, err := explain.Choose(s, explain.Step{Batch: 8, Context: 2048}, explain.AsGiven)
	if err != nil {
		t.Fatal(err)
	}
	resolved, parts, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := report.NewMemoryPlan(resolved, parts, 4096)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"replay": report.Run(run), "step": report.Explanation(step), "memory": report.Memory(plan),
	} {
		q := Question{Ask: name, Name: "small", Scenario: small, Batch: 8, Context: 2048}
		if name == "memory" {
			q.Context = 4096
		}
		if got := string(must(t, q).Result); got != compact(t, want) {
			t.Errorf("%s: of %d bytes, not of %d, or with others", name, len(got), len(compact(t, want)))
		}
	}
}

func TestIntervalsAndFiguresAreAskedFor(t *testing.T) {
	q := Question{Ask: "replay", Name: "small", Scenario: small}
	if a := must(t, q); bytes.Contains(a.Result, []byte(`"half_width"`)) || len(a.Figures) > 0 {
		t.Error("there is what nobody asked for")
	}
	q.Interval, q.Figures = true, true
	a := must(t, q)
	if !bytes.Contains(a.Result, []byte(`"half_width"`)) {
		t.Error("no intervals")
	}
	for _, ask := range []string{"step", "memory", "replay"} {
		q.Ask = ask
		list := must(t, q).Figures
		if len(list) == 0 {
			t.Errorf("%s: no figures", ask)
		}
		for _, f := range list {
			if !strings.HasPrefix(f.SVG, "<svg ") || f.Title == "" || f.Name == "" {
				t.Errorf("%s: %q, %q: %.60s", ask, f.Name, f.Title, f.SVG)
			}
		}
	}
}

func TestEditsChangeTheText(t *testing.T) {
	q := Question{Ask: "export", Name: "small", Scenario: small, Edits: []Edit{
		{"model.name", `"qwen2.5-72b"`}, {"hardware.gpus", "4"}, {"parallel.tp", "4"},
		{"workload", `{ synthetic = { requests = 50, arrival = { process = "constant", rate = 1.5 }, input = { distribution = "fixed", value = 100 }, output = { distribution = "fixed", value = 10 } } }`},
	}}
	exported := must(t, q).Text
	if strings.Contains(exported, "azure") {
		t.Errorf("the trace is still there:\n%s", exported)
	}
	q.Ask = "replay"
	edited := must(t, q)
	again := must(t, Question{Ask: "replay", Name: "small", Scenario: exported})
	if string(again.Result) != string(edited.Result) {
		t.Error("what is exported is not what was simulated")
	}
	q.Ask, q.Edits = "export", []Edit{{"hardware.gpus", ""}, {"nowhere.at.all", ""}}
	if text := must(t, q).Text; strings.Contains(text, "gpus") || strings.Contains(text, "nowhere") {
		t.Errorf("a key that was taken away is there:\n%s", text)
	}
	if text := must(t, Question{Ask: "export", Name: "small", Scenario: small}).Text; text != small {
		t.Error("a text without edits was written anew")
	}
}

func TestFilesAreReadFromTheQuestion(t *testing.T) {
	text := strings.Replace(small, "azure-2023-conv", "mine.csv", 1)
	q := Question{Ask: "replay", Name: "mine", Scenario: text}
	if _, fault := ask(t, q); !strings.Contains(fault, "mine.csv") {
		t.Errorf("a file that is not there: %q", fault)
	}
	q.Files = map[string][]byte{"mine.csv": []byte("arrival,input,output\n0,100,10\n1,200,20\n")}
	var got struct{ Completed int }
	if err := json.Unmarshal(must(t, q).Result, &got); err != nil || got.Completed != 2 {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestListsAndTexts(t *testing.T) {
	var c choices
	if err := json.Unmarshal(must(t, Question{Ask: "catalogue"}).Result, &c); err != nil {
		t.Fatal(err)
	}
	few := len(c.Scenarios) < 30 || len(c.Models) < 30 || len(c.Devices) < 10
	if few || len(c.Formats) == 0 || len(c.Policies) == 0 {
		t.Errorf("lists of %d, %d, %d, %d, %d", len(c.Scenarios), len(c.Models), len(c.Devices), len(c.Formats), len(c.Policies))
	}
	if m := c.Metrics["median_ttft_ms"]; m.Unit != "ms" || m.Meaning == "" || m.Better != "lower" {
		t.Errorf("%+v", m)
	}
	text := must(t, Question{Ask: "preset", Name: "deepseek-v3-h100"}).Text
	if !strings.Contains(text, `"deepseek-v3"`) {
		t.Error(text)
	}
	line := "vllm serve meta-llama/Llama-3.1-8B --tensor-parallel-size 2"
	drafted := must(t, Question{Ask: "draft", Scenario: line}).Text
	if back := must(t, Question{Ask: "command", Name: "drafted", Scenario: drafted}).Text; !strings.Contains(back, "--tensor-parallel-size 2") {
		t.Errorf("%q became %q", line, back)
	}
}

func TestQuestionsThatMakeNoSense(t *testing.T) {
	for text, want := range map[string]string{
		`{"ask":"wheather"}`:               "unknown: wheather",
		`{"ask":"memory","batches":1}`:     "batches",
		`{"ask":`:                          "cannot be read",
		`{"ask":"preset","name":"nobody"}`: "unknown scenario",
		`{"ask":"memory","name":"x","scenario":"[model]\nname = \"llama-3.1-8b\"\nsize = 3\n"}`:                                                        "x:3: model.size",
		`{"ask":"step","batch":-1,"name":"x","scenario":"[model]\nname = \"llama-3.1-8b\"\n"}`:                                                         "--batch -1",
		`{"ask":"memory","name":"x","scenario":"[model]\nname = \"llama-3.1-8b\"\n","edits":[{"key":"hardware.gpus","value":"99999999999999999999"}]}`: "hardware.gpus",
	} {
		var a Answer
		if err := json.Unmarshal(Reply(t.Context(), []byte(text)), &a); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(a.Error, want) || strings.Contains(a.Error, "\n") {
			t.Errorf("%s: %q does not say %q in one line", text, a.Error, want)
		}
	}
	bounded.Hand(nil)
}

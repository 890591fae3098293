package scenarios

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mixText is a mix of two classes, with what stands before each of their tables.
func mixText(table string) string {
	return fmt.Sprintf(`[[%[1]s]]
name = "chat"
share = 3
input = { distribution = "lognormal", mean = 900, std = 500, max = 8000 }
output = { distribution = "fixed", value = 50 }
turns = { distribution = "fixed", value = 3 }
think_s = { mean = 1, std = 0.5 }
system_prompt = { tokens = 700, groups = 5, zipf = 1.0 }
[[%[1]s]]
name = "batch"
arrival = { process = "gamma", rate = 5.0, burstiness = 0.5 }
input = { distribution = "fixed", value = 3000 }
output = { distribution = "fixed", value = 90 }
train = { size = 3, within_s = 1.0 }
`, table)
}

const mixHead = "[model]\nname = \"llama-3.1-8b\"\n[hardware]\ndevice = \"h100-sxm-80gb\"\n"

// Classes in a scenario are those of a population's file: the same requests, and the same limits.
func TestAMixIsAPopulation(t *testing.T) {
	dir := t.TempDir()
	population := "requests = 300\narrival = { process = \"poisson\", rate = 8.0 }\n" + mixText("class")
	if err := os.WriteFile(filepath.Join(dir, "mix.toml"), []byte(population), 0o600); err != nil {
		t.Fatal(err)
	}
	limits := "[[slo.class]]\nname = \"chat\"\nttft_ms = 80\nshare = 0.5\n"
	inside := strings.Replace(mixText("workload.class"), "turns =", "slo = { ttft_ms = 80, share = 0.5 }\nturns =", 1)
	var results []string
	for _, text := range []string{
		"[workload]\ntrace = \"mix.toml\"\n" + limits,
		"[workload.synthetic]\nrequests = 300\narrival = { process = \"poisson\", rate = 8.0 }\n" + mixText("workload.class") + limits,
		"[workload]\nrequests = 300\n[workload.synthetic]\narrival = { process = \"poisson\", rate = 8.0 }\n" + inside,
	} {
		s, err := Parse(filepath.Join(dir, "s.toml"), dir, []byte(mixHead+text))
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, measures(t, s))
	}
	if results[0] != results[1] || results[0] != results[2] || !strings.Contains(results[0], "chat") {
		t.Errorf("a population gives\n%s\nthe same classes in the scenario\n%s\nand with limits beside them\n%s", results[0], results[1], results[2])
	}
}

// measures are the metrics of a run, and those of its classes.
func measures(t *testing.T, s *Scenario) string {
	t.Helper()
	r, err := s.Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, m := range r.Metrics() {
		fmt.Fprintln(&text, m.Name, m.Value)
	}
	for _, c := range r.Classes {
		fmt.Fprintln(&text, c.Name, c.Completed, c.Good, c.Limits, c.Share)
	}
	return text.String()
}

func TestMistakesInAMix(t *testing.T) {
	const chat = "[[workload.class]]\nname = \"chat\"\narrival = { process = \"poisson\", rate = 5.0 }\n" +
		"input = { distribution = \"fixed\", value = 9 }\noutput = { distribution = \"fixed\", value = 5 }\n"
	const some = "[workload]\nrequests = 10\n"
	for text, want := range map[string]string{
		chat:                              "s.toml:5: workload.class: are classes of an unknown number of requests",
		some + chat + "nam = 1\n":         `s.toml:12: workload.class[0].nam: unknown key`,
		some + chat + "share = \"big\"\n": `s.toml:12: workload.class[0].share: "big" is a string`,
		some + strings.Replace(chat, "5.0", "-1.0", 1):                                       "s.toml:9: workload.class[0].arrival.rate: -1 is no rate",
		some + strings.Replace(chat, "arrival", "slo = 3 # ", 1):                             "s.toml:7: workload.class[0].arrival: is missing",
		some + chat + "slo = 3\n":                                                            "s.toml:12: workload.class[0].slo: is no table",
		some + chat + "slo = { ttft = 3 }\n":                                                 "s.toml:12: workload.class[0].slo.ttft: unknown key",
		some + strings.Replace(chat, "name", "# name", 1) + "slo = { ttft_ms = 3 }\n":        "are limits of a class without a name",
		some + chat + "slo = { ttft_ms = 3 }\n[[slo.class]]\nname = \"chat\"\nttft_ms = 9\n": `class "chat" has limits elsewhere too`,
		some + chat + "[workload.synthetic]\nprompts = 3\n":                                  "workload.synthetic.prompts: stands beside [[workload.class]]",
		"[workload]\nrequests = 10\ntrace = \"azure-2023-conv\"\n" + chat:                    "workload.trace: stands beside requests that are drawn",
		some + chat + "slo = { ttft_ms = -3 }\n":                                             "s.toml:12: workload.class[0].slo.ttft_ms: -3 is out of range",
	} {
		s, err := Parse("s.toml", "", []byte(mixHead+text))
		if err == nil {
			_, _, err = s.Resolve()
		}
		if err == nil {
			_, err = s.Build()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n gives %v; want %s", text, err, want)
		}
	}
}

// vLLM's benchmark writes an infinite rate as a text, and so may a scenario, a class and a flag.
func TestAnInfiniteRateIsATextToo(t *testing.T) {
	for _, rate := range []string{`"inf"`, "inf"} {
		s := Empty("")
		setAll(t, s, drawn(`workload.synthetic.arrival={process="poisson", rate=`+rate+`}`)...)
		if got := float64(s.Workload.Synthetic.Arrival.Rate); !math.IsInf(got, 1) {
			t.Errorf("rate = %s is %g", rate, got)
		}
		of := Empty("")
		setAll(t, of, small, "workload.requests=3", `workload.class=[{arrival={process="poisson", rate=`+rate+`}, input={distribution="fixed", value=9}, output={distribution="fixed", value=9}}]`)
		if p, err := of.population(); err != nil || !math.IsInf(p.Classes[0].Arrival.Rate, 1) {
			t.Errorf("a class with rate = %s: %+v, %v", rate, p, err)
		}
	}
	if err := Empty("").SetText(`workload.synthetic.arrival.rate="often"`); err == nil || !strings.Contains(err.Error(), `"often" is a string; use a number`) {
		t.Errorf("often: %v", err)
	}
}

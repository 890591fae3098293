package workloads_test

import (
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/workloads"
)

func population(t *testing.T, text string, requests int) []workloads.Request {
	t.Helper()
	source, err := workloads.Open(write(t, []byte(text)), "", workloads.Options{Requests: requests, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	return read(t, source)
}

// What is built in has the means that its file says, in as many requests.
func TestBuiltinPopulations(t *testing.T) {
	for name, want := range map[string]struct{ turns, added, output, think, tolerance float64 }{
		"chat":      {4, 50, 300, 45, 0.05},
		"rag":       {15, 3000, 300, 25, 0.25},      // sessions end at 225,000 tokens, and few answers are very long
		"agent":     {11.6, 6000, 1000, 7.74, 0.25}, // sessions end at 167,000 tokens
		"reasoning": {1, 0, 8000, 0, 0.05},
		"summarise": {1, 0, 500, 0, 0.05},
		"code":      {1, 0, 27.9, 0, 0.1},
	} {
		source, err := workloads.Open(name, "", workloads.Options{Requests: 20000})
		if err != nil {
			t.Fatal(err)
		}
		var sessions, output, turns, added, think, known float64
		requests := read(t, source)
		for i, r := range requests {
			output += float64(r.Output)
			if !r.Follows {
				sessions++
				known = 0
			} else {
				turns++
				added += float64(r.Input) - known
				think += float64(r.Gap.Seconds())
			}
			known = float64(r.Input + r.Output)
			if i > 0 && r.Arrival < requests[i-1].Arrival || len(r.Blocks) != int(known)/16 {
				t.Fatalf("%s: request %d arrives at %d, with %d ids", name, i, r.Arrival, len(r.Blocks))
			}
		}
		n := float64(len(requests))
		for what, pair := range map[string][2]float64{"turns": {n / sessions, want.turns}, "output": {output / n, want.output},
			"added": {added / max(turns, 1), want.added}, "think": {think / max(turns, 1), want.think}} {
			if math.Abs(pair[0]-pair[1]) > want.tolerance*pair[1] {
				t.Errorf("%s: mean %s is %v, want %v", name, what, pair[0], pair[1])
			}
		}
		if n != 20000 {
			t.Errorf("%s: %v requests", name, n)
		}
	}
}

const twoClasses = `
requests = 3000
arrival = { process = "poisson", rate = 10.0 }
[[class]]
name = "a"
share = 3
system_prompt = { tokens = 160, groups = 4, zipf = 1.0 }
input = { distribution = "fixed", value = 16 }
output = { distribution = "fixed", value = 8 }
[[class]]
name = "b"
priority = 2
input = { distribution = "fixed", value = 1000 }
output = { distribution = "fixed", value = 8 }
`

func TestClassesSharesAndSystemPrompts(t *testing.T) {
	counts := map[uint64]float64{}
	var a, b float64
	requests := population(t, twoClasses, 0)
	for _, r := range requests {
		if r.Priority == 2 {
			b++
			continue
		}
		a++
		counts[r.Blocks[9]]++ // the end of the system prompt
		if r.Input != 176 {
			t.Fatalf("%+v", r)
		}
	}
	if share := a / (a + b); math.Abs(share-0.75) > 0.03 {
		t.Errorf("the first class has %v of the requests", share)
	}
	// Of four by Zipf's law the likeliest has 1/(1+1/2+1/3+1/4) = 0.48, the last 0.12.
	most, least := 0.0, a
	for _, n := range counts {
		most, least = max(most, n), min(least, n)
	}
	if len(counts) != 4 || math.Abs(most/a-0.48) > 0.03 || math.Abs(least/a-0.12) > 0.02 {
		t.Errorf("%d system prompts, from %v to %v of the requests", len(counts), least/a, most/a)
	}
	rate := float64(len(requests)) / float64(requests[len(requests)-1].Arrival.Seconds())
	if math.Abs(rate-10) > 0.6 {
		t.Errorf("%v a second", rate)
	}
}

func TestHoursAndTrains(t *testing.T) {
	hours := "hours = [" + strings.Repeat("0, ", 12) + strings.Repeat("1, ", 11) + "3]\n"
	text := "requests = 20000\n[[class]]\narrival = { process = \"constant\", rate = 0.25 }\n" + hours +
		"input = { distribution = \"fixed\", value = 1 }\noutput = { distribution = \"fixed\", value = 1 }\n"
	var counts [24]int
	for _, r := range population(t, text, 21_600) { // a day's
		counts[int(r.Arrival.Seconds())/3600%24]++
	}
	if counts[11] != 0 || math.Abs(float64(counts[12])-21600/14.) > 2 ||
		math.Abs(float64(counts[23])-3*21600/14.) > 4 {
		t.Errorf("%v", counts)
	}
	text = "requests = 12\n[[class]]\narrival = { process = \"constant\", rate = 0.5 }\ntrain = { size = 4, within_s = 3.0 }\n" +
		"input = { distribution = \"fixed\", value = 1 }\noutput = { distribution = \"fixed\", value = 1 }\n"
	var at []units.Seconds
	for _, r := range population(t, text, 0) {
		at = append(at, r.Arrival.Seconds())
	}
	// Trains begin at 0, 2, 4 s, each of four a second apart.
	for i, want := range []units.Seconds{0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6} {
		if math.Abs(float64(at[i]-want)) > 1e-9 {
			t.Errorf("%v", at)
			break
		}
	}
}

func TestMistakesInPopulations(t *testing.T) {
	class := "[[class]]\ninput = { distribution = \"fixed\", value = 1 }\noutput = { distribution = \"fixed\", value = 1 }\n"
	for text, want := range map[string]string{
		"requests = 5\n" + class: "class 1: arrival.process",
		"requests = 5\narrival = { process = \"poisson\", rate = 1.0 }\n" + class + "shar = 2\n":                      "shar: unknown key",
		"arrival = { process = \"poisson\", rate = 1.0 }\n" + class:                                                   "requests: 0 is no number",
		"requests = 5\narrival = { process = \"poisson\", rate = 1.0 }\n" + class + "hours = [1]\n":                   "class 1: hours: 1 hours in a day",
		"requests = 5\narrival = { process = \"poisson\", rate = 1.0 }\n" + class + "train = { size = -1 }\n":         "class 1: train",
		"requests = 5\narrival = { process = \"poisson\", rate = 1.0 }\n" + class + "share = -1\n":                    "class 1: share",
		"requests = 5\narrival = { process = \"poisson\", rate = 1.0 }\n" + class + "system_prompt = {groups = -1}\n": "class 1: system_prompt",
		"requests = 5\narrival = { process = \"closed\", concurrency = 3 }\n" + class + class:                         "a closed loop is of one class",
	} {
		file := write(t, []byte(text))
		err := failure(file, workloads.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), file+":") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %s", text, err, want)
		}
	}
}

func TestAPopulationMadeOfItselfIsRefused(t *testing.T) {
	path := write(t, []byte(`requests = 9
arrival = { process = "poisson", rate = 1.0 }
[[class]]
input = { distribution = "empirical", trace = "trace.dat" }
output = { distribution = "fixed", value = 5 }
`))
	err := failure(path, workloads.Options{})
	if err == nil || !strings.Contains(err.Error(), "is made of populations, more than 4 deep; let no population name itself") {
		t.Error(err)
	}
}

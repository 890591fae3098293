package workloads_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/workloads"
)

// readTrace opens a trace and takes all of its requests.
func readTrace(t *testing.T, content []byte, columns workloads.Columns) {
	path := write(t, content)
	requests, _ := faulttest.Read(t, func() ([]workloads.Request, error) {
		source, err := workloads.Open(path, "", workloads.Options{Columns: columns})
		if err != nil {
			return nil, err
		}
		defer workloads.Close(source)
		requests := drain(source)
		return requests, source.Err()
	})
	last := units.Picoseconds(0)
	for _, r := range requests {
		sound(t, &r, last)
		last = r.Arrival
	}
}

// sound fails the test where a request could not be one, or comes before the last.
func sound(t *testing.T, r *workloads.Request, last units.Picoseconds) {
	if r.Input < 1 || r.Output < 1 || r.Input > workloads.MaxTokens || r.Output > workloads.MaxTokens ||
		r.Arrival < last || r.Arrival > units.Seconds(workloads.MaxSpan+1).Picoseconds() ||
		r.MaxOutput > 0 && r.MaxOutput < r.Output {
		t.Fatalf("%+v after %v", r, last)
	}
}

// Whatever a file holds, its requests are sound and in order, or an error says where they are not.
func FuzzOpen(f *testing.F) {
	for _, sample := range samples {
		f.Add([]byte(sample))
		f.Add(compress(f, []byte(sample)))
	}
	f.Add([]byte(`{"timestamp": 27, "input_length": 1025, "output_length": 500, "hash_ids": [0, 1, 2]}`))
	f.Add(compress(f, []byte(samples["vidur"])))
	f.Fuzz(func(t *testing.T, content []byte) { readTrace(t, content, workloads.Columns{}) })
}

// Whatever a population says, its requests are sound and in order, or an error says which key is wrong.
func FuzzPopulation(f *testing.F) {
	files, err := filepath.Glob("populations/*.toml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(regexp.MustCompile(`(?m)^(source|#).*\n`).ReplaceAllString(string(text), ""))
	}
	f.Add("requests = 9\narrival = { process = \"poisson\", rate = 1.0 }\n[[class]]\n" +
		"input = { distribution = \"empirical\", trace = \"trace.dat\" }\noutput = { distribution = \"fixed\", value = 5 }\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "/") || strings.Contains(text, "..") {
			t.Skip("may name any file of the machine")
		}
		path := write(t, []byte(text))
		faulttest.Read(t, func() (requests []workloads.Request, err error) {
			source, err := workloads.Open(path, "", workloads.Options{Requests: 50, Seed: 7})
			if err != nil {
				return nil, err
			}
			defer workloads.Close(source)
			requests = drain(source)
			last := units.Picoseconds(0)
			for i := range requests {
				sound(t, &requests[i], last)
				last = requests[i].Arrival
			}
			return requests, source.Err()
		})
	})
}

// traceKinds are the beginnings of every kind of trace, and a row of each.
var traceKinds = []struct {
	header, row string
	columns     workloads.Columns
}{
	{"TIMESTAMP,ContextTokens,GeneratedTokens\n", "2023-11-16 23:59:59.6805900,374,44\n", workloads.Columns{}},
	{"Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n", "5,ChatGPT,374,44,418,Conversation log\n", workloads.Columns{}},
	{"arrived_at,num_prefill_tokens,num_decode_tokens,pd_ratio\n", "0.25,374,44,8.5\n", workloads.Columns{}},
	{"", `{"timestamp": 27, "input_length": 1025, "output_length": 500, "hash_ids": [0, 1, 2]}` + "\n", workloads.Columns{}},
	{"arrival,input,output,max_output\n", "0.5,374,44,100\n", workloads.Columns{}},
	{"", `{"arrival": 0.1, "input": 374, "output": 44, "max_output": 50}` + "\n", workloads.Columns{}},
	{"when,in,\"out\"\n", "12,\"374\",44\n", workloads.Columns{Arrival: "when", Input: "in", Output: "out", Unit: "ms"}},
	{"", `{"t": "7", "i": 374, "o": 44.0}` + "\n", workloads.Columns{Arrival: "t", Input: "i", Output: "o", Unit: "ns"}},
}

// Whatever follows the first line of each kind of trace, plain or compressed, the same holds.
func FuzzRows(f *testing.F) {
	for kind, k := range traceKinds {
		for _, zipped := range []bool{false, true} {
			f.Add(uint8(kind), zipped, k.row+k.row)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, zipped bool, rows string) {
		k := traceKinds[int(kind)%len(traceKinds)]
		content := []byte(k.header + rows)
		if zipped {
			content = compress(t, content)
		}
		readTrace(t, content, k.columns)
	})
}

package workloads_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/workloads"
	"pgregory.net/rapid"
)

// The same two requests, half a second apart, in every format.
var samples = map[string]string{
	"azure 2023": "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 23:59:59.6805900,374,44\r\n2023-11-17 00:00:00.1805900,396,109\r\n",
	"azure 2024": "TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 00:00:00+00:00,374,44\n2024-05-10 01:00:00.500000+01:00,396,109\n",
	"azure T, Z": "\ufeffTIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10T00:00:00.1Z,374,44\n2024-05-09T23:30:00.6-00:30,396,109",
	"burstgpt":   "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,374,44,418,Conversation log\n5.2,GPT-4,9,0,9,API log\n5.5,\"GPT-4, \"\"turbo\"\"\",396,109,505,API log\n",
	"vidur":      "arrived_at,num_prefill_tokens,num_decode_tokens,pd_ratio\n0.25,374,44,8.5\n\n0.75,396,109,3.6\n",
	"plain":      "output,input,arrival\n44,374,1e0\n109.0, 396 ,1.5\n",
	"plain jsonl": `{"arrival": 0.1, "input": 374, "output": 44}
{"output":109 , "arrival":"0.6", "more": {"x": [1, "]}"]}, "none": null, "input": 396}
`,
}

func TestFormatsAreRecognisedByContent(t *testing.T) {
	want := []workloads.Request{{Input: 374, Output: 44}, {Arrival: second / 2, Input: 396, Output: 109}}
	for name, content := range samples {
		for _, bytes := range [][]byte{[]byte(content), compress(t, []byte(content))} {
			source, err := workloads.Open(write(t, bytes), "", workloads.Options{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if diff := cmp.Diff(want, read(t, source)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if _, ok := source.(workloads.Prefixed); ok {
				t.Errorf("%s: claims to have blocks", name)
			}
		}
	}
}

func TestMooncake(t *testing.T) {
	source := open(t, `{"timestamp": 27, "input_length": 1025, "output_length": 500, "hash_ids": [0, 1, 18446744]}
{"timestamp": 30, "input_length": 100, "output_length": 2, "hash_ids": []}
{"hash_ids":[7],"timestamp":30,"output_length":1,"input_length":512}
`)
	want := []workloads.Request{
		{Input: 1025, Output: 500, Blocks: []uint64{0, 1, 18446744}},
		{Arrival: 3 * milli, Input: 100, Output: 2, Blocks: nil},
		{Arrival: 3 * milli, Input: 512, Output: 1, Blocks: []uint64{7}},
	}
	got := read(t, source)
	for i := range got {
		if len(got[i].Blocks) == 0 {
			got[i].Blocks = nil
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if prefixed, ok := source.(workloads.Prefixed); !ok || prefixed.BlockTokens() != 512 {
		t.Error("blocks of 512 tokens are not announced")
	}
}

func TestColumnMap(t *testing.T) {
	columns, err := workloads.ParseColumns(map[string]string{"arrival": "t", "input": "in", "output": "out", "max_output": "limit", "unit": "ms"})
	if err != nil {
		t.Fatal(err)
	}
	want := []workloads.Request{{Input: 3, Output: 4, MaxOutput: 9},
		{Arrival: 250 * units.Picoseconds(1e6), Input: 5, Output: 6}}
	for _, content := range []string{
		"id,out,in,limit,t\na,4,3,9,100\nb,6,5,,100.25\n",
		"{\"t\":100,\"in\":3,\"out\":4,\"limit\":9}\n{\"t\":100.25,\"in\":5,\"out\":6}\n",
	} {
		source, err := workloads.Open(write(t, []byte(content)), "", workloads.Options{Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, read(t, source)); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := workloads.ParseColumns(map[string]string{"inptu": "x"}); err == nil || !strings.Contains(err.Error(), `"input"`) {
		t.Errorf("got %v", err)
	}
}

func TestZeroOutputs(t *testing.T) {
	burst := open(t, samples["burstgpt"])
	read(t, burst)
	if notes := workloads.Notes(burst); len(notes) != 1 || !strings.Contains(notes[0], "failed calls, 1 row without output tokens, are left out") {
		t.Error(notes)
	}
	plain := open(t, "arrival,input,output\n0,5,0\n")
	if got := read(t, plain); got[0].Output != 1 {
		t.Error(got)
	}
	if notes := workloads.Notes(plain); len(notes) != 1 || !strings.Contains(notes[0], "simulated with 1") {
		t.Error(notes)
	}
}

const azureHead = "TIMESTAMP,ContextTokens,GeneratedTokens\n"

func TestMistakesNameFileLineAndColumn(t *testing.T) {
	long := strings.Repeat("x", 17<<20)
	for _, c := range []struct{ content, want string }{
		{"", "FILE: is empty; "},
		{"\n\n", "FILE: is empty; "},
		{azureHead, "FILE: has no requests; "},
		{"a,b\n1,2\n", `FILE:1: begins like no known trace: "a,b"; give one of: Azure`},
		{"\xfea,b\x00", "FILE:1: is not UTF-8 text; "},
		{azureHead + "2023-11-16 18:17:03.9799600,NaN,10\n", `FILE:2: ContextTokens: "NaN" is not a finite number; use a whole`},
		{azureHead + "2023-11-16 18:17:03,5,inf\n", `FILE:2: GeneratedTokens: "inf" is not a finite number`},
		{azureHead + "2023-11-16 18:17:03,-5,10\n", "FILE:2: ContextTokens: -5 is negative"},
		{azureHead + "2023-11-16 18:17:03,5.5,10\n", "FILE:2: ContextTokens: 5.5 is not whole"},
		{azureHead + "2023-11-16 18:17:03,0,10\n", "FILE:2: ContextTokens: the prompt has 0 tokens"},
		{azureHead + "2023-11-16 18:17:03,1000000001,10\n", "FILE:2: ContextTokens: 1000000001 is not a believable"},
		{azureHead + "2023-11-16 18:17:03,1e999,10\n", "FILE:2: ContextTokens: 1e999 is not a believable"},
		{azureHead + "2023-11-16 18:17:03,5,\n", "FILE:2: GeneratedTokens: is empty"},
		{azureHead + "2023-11-16 18:17:03,\xff,1\n", `FILE:2: ContextTokens: "\xff" is not a number`},
		{azureHead + "2023-11-16 18:17:03,5\n", "FILE:2: the row has only 2 columns; it needs at least 3"},
		{azureHead + "2023-11-16 18:17:03,5,6\n\n2023-11-16 18:17:02,5,6\n", "FILE:4: TIMESTAMP: arrives before the row above it; sort"},
		{azureHead + "2023-11-16 18:17:03,5,6\n2024-11-16 18:17:02,5,6\n", "FILE:3: TIMESTAMP: arrives 365 days after the first row; cut the trace to 50 days"},
		{azureHead + "2023-11-31 18:17:03,5,6\n", `FILE:2: TIMESTAMP: "2023-11-31" is not a date`},
		{azureHead + "2023-11-16 18:77:03,5,6\n", `FILE:2: TIMESTAMP: "18:77:03" is not a time of day`},
		{azureHead + "2023-11-16 18:17:03+1,5,6\n", `FILE:2: TIMESTAMP: "18:17:03+1" is not a time of day`},
		{azureHead + "yesterday,5,6\n", `FILE:2: TIMESTAMP: "yesterday" is not a date and time`},
		{"arrival,input,output\n-1,2,3\n", "FILE:2: arrival: -1 is negative"},
		{"arrival,input,output\nnan,2,3\n", `FILE:2: arrival: "nan" is not a finite number`},
		{"arrival,input,output\nsoon,2,3\n", `FILE:2: arrival: "soon" is not a number`},
		{"arrival,input,output\n,2,3\n", `FILE:2: arrival: is empty`},
		{"arrival,input,output\n1e30,2,3\n", `FILE:2: arrival: 1e30 is not a believable time`},
		{"arrival,input,output,max_output\n1,2,3,2\n", "FILE:2: max_output: 3 tokens were generated, but at most 2"},
		{"arrival,input,output,priority\n0,5,1,high\n", `FILE:2: priority: "high" is no whole number of 32 bits; use one`},
		{"arrival,input,output,priority\n0,5,1,3000000000\n", `FILE:2: priority: "3000000000" is no whole number`},
		{"arrival,input,output\n1,2,3\n" + long, "FILE:3: the line is longer than"},
		{mooncakeRow + `{"timestamp": 3536999, "input_length": 600, "output_length": 1, "hash_ids": [1, 2, 3]}`, "FILE:2: hash_ids: 3 ids for 600 prompt tokens; give one for each 512"},
		{`{"timestamp": 1, "input_length": 600, "output_length": 1, "hash_ids": [1, -2]}`, "FILE:1: hash_ids: has an id that is no whole number"},
		{`{"timestamp": 1, "input_length": 600, "output_length": 1, "hash_ids": [1 2]}`, "FILE:1: "},
		{`{"timestamp": 1, "input_length": 600, "output_length": 1, "hash_ids": 7}`, "FILE:1: hash_ids: is not an array"},
		{`{"timestamp": 1, "input_length": null, "output_length": 1, "hash_ids": []}`, `FILE:1: input_length: "null" is not a number`},
		{`{"arrival": 1, "input": 6, "output": 1}` + "\n" + `{"arrival": 1, "input": 6}`, "FILE:2: output: is missing"},
		{`{"arrival": 1, "input": 6, "output": 1}` + "\n" + `{"arrival": 1, "input": 6, "output": 1} x`, "FILE:2: is not a JSON object"},
		{`{"arrival": 1, "input": 6, "output": 1}` + "\n" + `{"arrival": 1, "input": 6, "outp`, "FILE:2: is not a JSON object"},
		{`{"arrival": 1, "input": 6, "output": 1}` + "\n" + `[1]`, "FILE:2: is not a JSON object"},
		{`{"arrival": 1, "input": 6, "output": 1}` + "\n" + `{"x": ]}`, "FILE:2: is not a JSON object"},
		{`{"arrival": 1, "input": 6, "output": 1}` + "\n" + `{"x": {"y": [1, `, "FILE:2: is not a JSON object"},
	} {
		file := write(t, []byte(c.content))
		err := failure(file, workloads.Options{})
		var f *fault.Error
		if !errors.As(err, &f) || !strings.HasPrefix(err.Error(), strings.Replace(c.want, "FILE", file, 1)) {
			t.Errorf("%.80q gives\n%v, want\n%s", c.content, err, c.want)
		}
	}
}

// failure opens and reads a file to the error that ends it.
func failure(file string, options workloads.Options) error {
	source, err := workloads.Open(file, "", options)
	if err != nil {
		return err
	}
	drain(source)
	var r workloads.Request
	if source.Next(&r) {
		return errors.New("a source goes on after its end")
	}
	return source.Err()
}

func TestMistakesInColumnMaps(t *testing.T) {
	full := workloads.Columns{Arrival: "t", Input: "in", Output: "out"}
	for _, c := range []struct {
		columns       workloads.Columns
		content, want string
	}{
		{workloads.Columns{Arrival: "t", Input: "in"}, "t,in\n", "FILE:1: columns: the column map lacks one"},
		{workloads.Columns{Arrival: "t", Input: "in", Output: "out", Unit: "mss"}, "t,in,out\n", `FILE:1: unit: unknown unit of time "mss"; did you mean "ms"?`},
		{full, "t,in,outs\n1,2,3", `FILE:1: out: no such column; did you mean "outs"?`},
		{workloads.Columns{Arrival: "t", Input: "in", Output: "in"}, "t,in\n1,2", "FILE:1: in: serves as two columns"},
		{full, `{"t": 1, "in": 2, "o": 3}`, `FILE:1: out: no such key; use one of in, o, t`},
		{full, `{"t": 1, `, `FILE:1: is not a JSON object`},
		{full, `"t`, `FILE:1: the header is not CSV`},
	} {
		file := write(t, []byte(c.content))
		err := failure(file, workloads.Options{Columns: c.columns})
		if err == nil || !strings.HasPrefix(err.Error(), strings.Replace(c.want, "FILE", file, 1)) {
			t.Errorf("%q gives\n%v, want\n%s", c.content, err, c.want)
		}
	}
}

func TestDamagedFiles(t *testing.T) {
	rows := []byte(azureHead + strings.Repeat("2023-11-16 18:17:03,5,6\n", 50_000))
	whole := compress(t, rows)
	wrongSum := append([]byte(nil), whole...)
	wrongSum[len(wrongSum)-6] ^= 1
	for want, content := range map[string][]byte{
		"the compressed file ends too early; copy": whole[:len(whole)/2],
		"the compressed file is damaged; copy":     wrongSum,
		"cannot be read: ":                         whole[:5],
		"cannot be read: gzip":                     {0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9},
	} {
		if err := failure(write(t, content), workloads.Options{}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	folder := t.TempDir()
	for name, want := range map[string]string{
		"azure-2023-cnv": `azure-2023-cnv: no such trace; give the path of a file, or a built-in: "azure-2023-conv", "mooncake-conversation", "agent", "chat", "code", "rag", "reasoning", "summarise"`,
		".":              ".: is a folder without clients of ServeGen; give a folder of chunk-N-trace.csv and chunk-N-dataset.json, or a file",
	} {
		if _, err := workloads.Open(name, folder, workloads.Options{}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "t"), []byte(samples["vidur"]), 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := workloads.Open("t", folder, workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := workloads.Close(source); err != nil {
		t.Fatal(err)
	}
	if got := drain(source); len(got) != 0 {
		t.Error("a closed source goes on")
	}
}

// What is written is what is read, to the picosecond.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(rt, "n")
		var csv, jsonl strings.Builder
		csv.WriteString("arrival,input,output,max_output\n")
		var want []workloads.Request
		at := units.Picoseconds(0)
		start := rapid.Uint64Range(0, 2_000_000_000).Draw(rt, "start")
		for range n {
			r := workloads.Request{Arrival: at, Input: rapid.IntRange(1, 1e9).Draw(rt, "in"),
				Output: rapid.IntRange(1, 1e6).Draw(rt, "out")}
			if rapid.Bool().Draw(rt, "declared") {
				r.MaxOutput = r.Output + rapid.IntRange(0, 10).Draw(rt, "more")
			}
			written := fmt.Sprintf("%d.%012d", start+uint64(at/second), at%second)
			fmt.Fprintf(&csv, "%s,%d,%d,%d\n", written, r.Input, r.Output, r.MaxOutput)
			fmt.Fprintf(&jsonl, "{\"arrival\":%s,\"input\":%d,\"output\":%d,\"max_output\":%d}\n", written, r.Input, r.Output, r.MaxOutput)
			want = append(want, r)
			at += units.Picoseconds(rapid.Int64Range(0, int64(1000*second)).Draw(rt, "gap"))
		}
		for _, content := range []string{csv.String(), jsonl.String()} {
			if diff := cmp.Diff(want, read(t, open(t, content))); diff != "" {
				rt.Fatal(diff)
			}
		}
	})
}

func TestFilesOfOtherKindsAreNamed(t *testing.T) {
	for begins, want := range map[string]string{
		"ARROW1\x00\x00\xff\xff\xff\xff": "a file of Apache Arrow",
		"SQLite format 3\x00\x10\x00":    "a data base of SQLite",
		"\x80\x04\x95\x10\x00":           "a pickle",
		"\xfd7zXZ\x00\x00":               "compressed by xz",
		"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n": "a pointer to a file in Git LFS",
		"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n":                  "a web page",
		"date,num_model_requests,input_tokens,output_tokens\n2026-01-01,12,9,9": "its rows stand for many calls each",
	} {
		_, err := workloads.Open(write(t, []byte(begins)), "", workloads.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%q: %v", begins, err)
		}
	}
}

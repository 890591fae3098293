package workloads_test

import (
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/roofserve/roofserve/workloads"
)

// Rows and sums of the published files' columns.
func TestPublishedTracesAreRead(t *testing.T) {
	for _, c := range []struct {
		file                string
		rows, input, output int
		last                float64 // arrival in s
	}{
		{"azure_2023_conv.csv.gz", 19366, 22361870, 4088665, 3501.721937},
		{"azure_2023_code.csv.gz", 8819, 18059974, 245896, 3435.948056},
		{"mooncake_conversation.jsonl.gz", 12031, 144793823, 4122048, 3536.999},
		{"mooncake_synthetic.jsonl.gz", 3993, 61194628, 595432, 1022.025},
	} {
		t.Run(c.file, func(t *testing.T) {
			source, err := workloads.Open(shared(t, c.file), "", workloads.Options{})
			if err != nil {
				t.Fatal(err)
			}
			checkTotals(t, source, c.rows, c.input, c.output, c.last)
		})
	}
}

func checkTotals(t *testing.T, source workloads.Source, rows, input, output int, last float64) {
	t.Helper()
	requests := read(t, source)
	in, out := 0, 0
	for _, r := range requests {
		in += r.Input
		out += r.Output
	}
	if len(requests) != rows || in != input || out != output {
		t.Errorf("%d rows, %d input and %d output tokens; want %d, %d, %d", len(requests), in, out, rows, input, output)
	}
	if got := float64(requests[len(requests)-1].Arrival.Seconds()); math.Abs(got-last) > 1e-9 {
		t.Errorf("the last request arrives at %v s, want %v", got, last)
	}
	if notes := workloads.Notes(source); len(notes) > 0 {
		t.Error(notes)
	}
}

func TestBuiltinTraceIsWhole(t *testing.T) {
	source, err := workloads.Open("azure-2023-conv", "nowhere", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	counted, ok := source.(workloads.Counted)
	if !ok || counted.Len() != 19366 {
		t.Error("a built-in trace does not know its length")
	}
	checkTotals(t, source, 19366, 22361870, 4088665, 3501.721937)
}

func TestDecodingEndsWithItsReader(t *testing.T) {
	before := runtime.NumGoroutine()
	file := write(t, compress(t, []byte(azureHead+strings.Repeat("2023-11-16 18:17:03,5,6\n", 200_000))))
	for range 10 {
		kept, err := workloads.Open(file, "", workloads.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := workloads.Close(kept); err != nil {
			t.Fatal(err)
		}
		if _, err := workloads.Open(file, "", workloads.Options{}); err != nil { // and forgotten
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for ; runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.GC()
	}
}

// benchmarkRows reads a large file of rows made by the function.
func benchmarkRows(b *testing.B, content string) {
	file := write(b, []byte(content))
	b.ReportAllocs()
	b.ResetTimer()
	rows := 0
	var r workloads.Request
	for rows < b.N {
		source, err := workloads.Open(file, "", workloads.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for source.Next(&r) {
			rows++
		}
		if err := source.Err(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
}

func BenchmarkAzureRow(b *testing.B) {
	benchmarkRows(b, azureHead+strings.Repeat("2023-11-16 18:17:03.9799600,1374,244\n", 200_000))
}

func BenchmarkPlainRow(b *testing.B) {
	benchmarkRows(b, "arrival,input,output\n"+strings.Repeat("123456.789,1374,244\n", 200_000))
}

const mooncakeRow = `{"timestamp": 3536999, "input_length": 12000, "output_length": 508, "hash_ids": [0, 182750, 182751, 182752, 182753, 182754, 182755, 182756, 182757, 182758, 182759, 182760, 182761, 182762, 182763, 182764, 182765, 182766, 182767, 182768, 182769, 182770, 182771, 182772]}` + "\n"

func BenchmarkMooncakeRow(b *testing.B) { benchmarkRows(b, strings.Repeat(mooncakeRow, 50_000)) }

func TestRowsAreReadWithoutAllocating(t *testing.T) {
	for _, content := range []string{
		azureHead + strings.Repeat("2023-11-16 18:17:03.9799600,1374,244\n", 30_000),
		strings.Repeat(mooncakeRow, 5000),
	} {
		source := open(t, content)
		var r workloads.Request
		source.Next(&r)
		if allocations := testing.AllocsPerRun(4000, func() { source.Next(&r) }); allocations > 0 {
			t.Errorf("%v allocations a row of %.20q", allocations, content)
		}
	}
}

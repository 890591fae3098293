package workloads_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/workloads"
)

// The tables that Azure, Mooncake and LMSYS could write as Parquet.
type (
	azureRow struct {
		At     time.Time `parquet:"TIMESTAMP,timestamp(microsecond)"`
		Input  int64     `parquet:"ContextTokens"`
		Output int32     `parquet:"GeneratedTokens,optional"`
	}
	mooncakeColumns struct {
		At     int64   `parquet:"timestamp"`
		Input  int64   `parquet:"input_length"`
		Output int64   `parquet:"output_length"`
		IDs    []int64 `parquet:"hash_ids,list"`
	}
	saidColumns struct {
		Content string `parquet:"content"`
		Role    string `parquet:"role"`
	}
	lmsysRow struct {
		ID           string        `parquet:"conversation_id"`
		Conversation []saidColumns `parquet:"conversation,list"`
		Turn         int64         `parquet:"turn"`
	}
)

func parquetFile[T any](t testing.TB, options []parquet.WriterOption, rows ...T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parquetFiles(t testing.TB) map[string][]byte {
	at := time.Date(2024, 5, 10, 0, 0, 0, 9_930_000, time.UTC)
	zstd := []parquet.WriterOption{parquet.Compression(&parquet.Zstd)}
	return map[string][]byte{
		"azure": parquetFile(t, nil, azureRow{at, 2162, 5}, azureRow{at.Add(7405 * time.Microsecond), 2399, 6}),
		"mooncake": parquetFile(t, zstd, mooncakeColumns{0, 600, 5, []int64{4, 5}},
			mooncakeColumns{1500, 513, 6, []int64{4, 9}}),
		"lmsys": parquetFile(t, zstd, lmsysRow{"a", []saidColumns{{strings.Repeat("x", 60), "user"},
			{strings.Repeat("y", 120), "assistant"}}, 1}),
	}
}

func TestParquet(t *testing.T) {
	want := map[string][]asked{
		"azure":    {{0, 2162, 5, 0, 0, nil}, {7.405, 2399, 6, 0, 0, nil}},
		"mooncake": {{0, 600, 5, 0, 512, []int{0, 1}}, {1500, 513, 6, 0, 512, []int{0, 2}}},
		"lmsys":    {{0, 16, 32, 0, 16, []int{0, 1, 2}}},
	}
	for name, content := range parquetFiles(t) {
		source, err := workloads.Open(write(t, content), "", workloads.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tokens := 0
		if p, is := source.(workloads.Prefixed); is {
			tokens = p.BlockTokens()
		}
		requests := read(t, source)
		var got []asked
		for i, own := range contents(requests) {
			r := &requests[i]
			got = append(got, asked{float64(r.Arrival) / float64(milli), r.Input, r.Output, 0, tokens, own})
		}
		if diff := cmp.Diff(want[name], got, cmp.AllowUnexported(asked{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestParquetFaultsNameTheRow damages the page of a file's second row group.
func TestParquetFaultsNameTheRow(t *testing.T) {
	rows := []mooncakeColumns{{0, 600, 5, []int64{4, 5}}, {1500, 513, 6, []int64{4, 9}}}
	options := []parquet.WriterOption{parquet.MaxRowsPerRowGroup(1), parquet.Compression(&parquet.Zstd)}
	content := parquetFile(t, options, rows...)
	second := bytes.LastIndex(content, []byte{0x28, 0xb5, 0x2f, 0xfd}) // a frame of zstd begins
	if second < 0 {
		t.Fatal("no page is compressed")
	}
	content[second]++
	file := write(t, content)
	if err := failure(file, workloads.Options{}); err == nil || !strings.HasPrefix(err.Error(), file+":2: ") {
		t.Error(err)
	}
}

func TestDamagedParquet(t *testing.T) {
	for name, content := range parquetFiles(t) {
		for _, damaged := range [][]byte{content[:len(content)-6], append([]byte("PAR1"), content[20:]...)} {
			file := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(file, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := failure(file, workloads.Options{}); err == nil || !strings.HasPrefix(err.Error(), file+":") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Whatever a Parquet file holds, the same is true of its requests as of those of other traces. Its corpus has
// a file of every codec and version of pages.
func FuzzParquet(f *testing.F) {
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		begin := allocated()
		source, err := workloads.Open(path, "", workloads.Options{})
		if err != nil {
			faulttest.Check(t, err)
			return
		}
		defer workloads.Close(source)
		// A few bytes may be millions of rows, so that only what the next one adds can be bounded.
		const enough = 64 << 20
		var r workloads.Request
		last := units.Picoseconds(0)
		for rows := 0; rows < 1000 && allocated()-begin < enough && source.Next(&r); rows++ {
			sound(t, &r, last)
			last = r.Arrival
		}
		if err := source.Err(); err != nil {
			faulttest.Check(t, err)
		}
		if taken := allocated() - begin; taken > faulttest.MostBytes {
			t.Errorf("%d bytes were allocated for a file of %d", taken, len(content))
		}
	})
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

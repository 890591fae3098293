package parquet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	writer "github.com/parquet-go/parquet-go"

	"github.com/roofserve/roofserve/internal/parquet"
)

// written is a row of the table that the test writes.
type written struct {
	Case  *int64   `parquet:"case,optional" json:"case"`
	Key   *string  `parquet:"model.ü,optional" json:"model.ü"`
	Wide  *bool    `parquet:"wide,optional" json:"wide"`
	Value *float64 `parquet:"kv_cache_usage.mean,optional" json:"kv_cache_usage.mean"`
}

// writtenRow is row number i: values of every kind, each missing in runs of its own.
func writtenRow(i int) written {
	n, key, wide, value := int64(i)-7, strings.Repeat("é", i%5), i%3 == 0, math.Sqrt(float64(i))-2
	r := written{&n, &key, &wide, &value}
	if i%7 < 3 {
		r.Key = nil
	}
	if i/100%2 == 0 {
		r.Wide = nil
	}
	if i > 1000 && i < 3000 {
		r.Value = nil
	}
	return r
}

func writtenTable(t *testing.T, rows int) []byte {
	t.Helper()
	fields := []parquet.Field{{Name: "case", Kind: parquet.Int64}, {Name: "model.ü", Kind: parquet.Text},
		{Name: "wide", Kind: parquet.Bool}, {Name: "kv_cache_usage.mean", Kind: parquet.Double}}
	var b bytes.Buffer
	err := parquet.Write(&b, fields, rows, func(row, column int) any {
		r := writtenRow(row)
		switch {
		case column == 0:
			return *r.Case
		case column == 1 && r.Key != nil:
			return *r.Key
		case column == 2 && r.Wide != nil:
			return *r.Wide
		case column == 3 && r.Value != nil:
			return *r.Value
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is written is read back by our reader and by the library, row by row, in one row group and in several,
// and the same table gives the same bytes.
func TestWrittenTablesReadBack(t *testing.T) {
	for _, n := range []int{0, 1, 9, 100_000, 100_013} {
		content := writtenTable(t, n)
		if !bytes.Equal(content, writtenTable(t, n)) {
			t.Errorf("%d rows: the same table gives other bytes", n)
		}
		ours, err := rows(content)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := writer.Read[written](bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		if len(ours) != n || len(theirs) != n {
			t.Fatalf("%d rows are read as %d, and by the library as %d", n, len(ours), len(theirs))
		}
		for i := range n {
			want, err := json.Marshal(writtenRow(i))
			if err != nil {
				t.Fatal(err)
			}
			var got written
			if err := json.Unmarshal([]byte(ours[i]), &got); err != nil {
				t.Fatal(err)
			}
			our, _ := json.Marshal(got)
			their, _ := json.Marshal(theirs[i])
			if string(our) != string(want) || string(their) != string(want) {
				t.Fatalf("row %d is %s, and by the library %s; want %s", i, our, their, want)
			}
		}
	}
}

// failing takes some bytes and no more.
type failing struct{ left int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWritingTellsWhatIsWrong(t *testing.T) {
	fields := []parquet.Field{{Name: "a", Kind: parquet.Double}}
	size := 0
	for ; ; size += 10 {
		err := parquet.Write(&failing{size}, fields, 3, func(row, _ int) any { return float64(row) })
		if err == nil {
			break
		}
		if !errors.Is(err, errFull) {
			t.Fatalf("%d bytes: %v", size, err)
		}
	}
	if size < 50 {
		t.Errorf("a file of at most %d bytes", size)
	}
	for _, wrong := range []any{int64(1), "x", true, 'x'} {
		err := parquet.Write(&bytes.Buffer{}, fields, 1, func(int, int) any { return wrong })
		if err == nil || !strings.Contains(err.Error(), `"a" has a value of another kind`) {
			t.Errorf("%T: %v", wrong, err)
		}
	}
}

package parquet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	writer "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/roofserve/roofserve/internal/parquet"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

// longest is what a row may take in these tests.
const longest = 1 << 20

// rows are those of a file as JSON.
func rows(content []byte) (list []string, err error) {
	r, err := parquet.Open(bytes.NewReader(content), int64(len(content)), longest)
	if err != nil {
		return nil, err
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, string(row))
	}
}

type (
	said struct {
		Role    string  `parquet:"role,dict" json:"role"`
		Content *string `parquet:"content,optional" json:"content"`
		Marks   []int32 `parquet:"marks,list" json:"marks"`
	}
	// row has a column of each kind.
	row struct {
		Flag    bool      `parquet:"flag" json:"flag"`
		Small   int32     `parquet:"small" json:"small"`
		Large   int64     `parquet:"large" json:"large"`
		Word    uint32    `parquet:"word" json:"word"`
		Wide    uint64    `parquet:"wide" json:"wide"`
		Single  float32   `parquet:"single" json:"single"`
		Double  float64   `parquet:"double" json:"double"`
		Text    string    `parquet:"text" json:"text"`
		Four    fixed     `parquet:"four" json:"four"`
		Maybe   *int64    `parquet:"maybe,optional" json:"maybe"`
		Milli   time.Time `parquet:"milli,timestamp(millisecond)" json:"milli"`
		Micro   time.Time `parquet:"micro,timestamp(microsecond)" json:"micro"`
		Nano    time.Time `parquet:"nano,timestamp(nanosecond)" json:"nano"`
		Price   cents     `parquet:"price,decimal(2:9)" json:"price"`
		Bare    []int64   `parquet:"bare" json:"bare"`
		List    []int64   `parquet:"list,list" json:"list"`
		Said    []said    `parquet:"said,list" json:"said"`
		Nothing *string   `parquet:"nothing,optional" json:"nothing"`
	}
	cents int32
	fixed [4]byte
)

func (c cents) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%s%d.%02d", map[bool]string{true: "-"}[c < 0], max(c, -c)/100, max(c, -c)%100), nil
}

func (f fixed) MarshalJSON() ([]byte, error) { return json.Marshal(string(f[:])) }

// someRows has nulls, empty lists, long runs and each type's ends.
func someRows() []row {
	var list []row
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for i := range 150 {
		n := int64(i)
		r := row{
			Flag: i%3 == 0, Small: int32(i*i*977) - 1e6, Large: n<<40 - n, Word: uint32(1<<32 - 1 - i),
			Wide: math.MaxUint64 - uint64(i), Single: float32(i) / 7, Double: math.Exp(float64(i)/2 - 40),
			Text: strings.Repeat("ab\"\n\u2028é", i%5) + fmt.Sprint(i/9), Four: fixed{'a', 'b', 'c', byte('a' + i%26)},
			Milli: at.Add(time.Duration(i) * 1001 * time.Millisecond),
			Micro: at.Add(-time.Duration(i) * time.Microsecond),
			Nano:  at.Add(time.Duration(i)), Price: cents(i*7 - 500), Bare: []int64{}, List: []int64{}, Said: []said{},
		}
		if i%4 == 1 {
			r.Maybe = &n
		}
		for j := range i % 6 {
			r.Bare = append(r.Bare, int64(j))
			r.List = append(r.List, n*int64(j))
		}
		for j := range i % 3 {
			text := fmt.Sprint("turn ", j)
			r.Said = append(r.Said, said{"user", &text, []int32{}}, said{"assistant", nil, []int32{int32(i), int32(j)}})
		}
		list = append(list, r)
	}
	return list
}

// encodings are those that a type may have, by the column that gets it.
var encodings = map[string]map[string]encoding.Encoding{
	"plain": {},
	"dictionary": {
		"small": &writer.RLEDictionary, "large": &writer.RLEDictionary, "text": &writer.RLEDictionary,
		"double": &writer.RLEDictionary, "four": &writer.RLEDictionary,
	},
	"delta": {
		"small": &writer.DeltaBinaryPacked, "large": &writer.DeltaBinaryPacked, "text": &writer.DeltaByteArray,
		"four": &writer.DeltaByteArray, "flag": &writer.RLE,
	},
	"split": {
		"small": &writer.ByteStreamSplit, "large": &writer.ByteStreamSplit, "single": &writer.ByteStreamSplit,
		"double": &writer.ByteStreamSplit, "text": &writer.DeltaLengthByteArray,
	},
}

var codecs = map[string]compress.Codec{
	"none": &writer.Uncompressed, "snappy": &writer.Snappy, "gzip": &writer.Gzip, "brotli": &writer.Brotli,
	"zstd": &writer.Zstd, "lz4": &writer.Lz4Raw,
}

// file writes rows with an encoding, a codec and a version of pages.
func file(
	t testing.TB, list []row, how map[string]encoding.Encoding, codec compress.Codec, version int,
) []byte {
	t.Helper()
	plain := writer.SchemaOf(row{})
	group := writer.Group{}
	for _, f := range plain.Fields() {
		group[f.Name()] = f
		if e := how[f.Name()]; e != nil {
			group[f.Name()] = writer.Encoded(f, e)
		}
	}
	var b bytes.Buffer
	w := writer.NewGenericWriter[row](&b, writer.NewSchema("row", group), writer.Compression(codec),
		writer.DataPageVersion(version), writer.PageBufferSize(600), writer.MaxRowsPerRowGroup(64),
		writer.DataPageStatistics(true))
	if _, err := w.Write(list); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// same compares rows of a file with what was written.
func same(t *testing.T, name string, content []byte, want []row) {
	t.Helper()
	got, err := rows(content)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d rows of %d", name, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		text, err := json.Marshal(want[i])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decoded(t, string(text)), decoded(t, got[i]), cmp.Comparer(sameNumber)); diff != "" {
			t.Fatalf("%s, row %d: written (-) and read (+):\n%s", name, i, diff)
		}
	}
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// sameNumber compares digit by digit, unless the numbers are written with an exponent, 1e-9 or 1e-09.
func sameNumber(a, b json.Number) bool {
	x, err := a.Float64()
	y, err2 := b.Float64()
	return a == b || err == nil && err2 == nil && x == y && strings.Contains(string(a), "e")
}

// TestEveryEncodingCodecAndVersion reads what another library wrote.
func TestEveryEncodingCodecAndVersion(t *testing.T) {
	want := someRows()
	for version := 1; version <= 2; version++ {
		for encoding, how := range encodings {
			for codec, c := range codecs {
				name := fmt.Sprintf("%s-%s-%d", encoding, codec, version)
				same(t, name, file(t, want, how, c, version), want)
			}
		}
	}
}

// samples are the committed files: few rows each, so that a fuzzer is quick.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	if *update {
		for version := 1; version <= 2; version++ {
			for encoding, how := range encodings {
				write(t, fmt.Sprintf("%s-%d", encoding, version), file(t, someRows()[30:36], how, codecs["none"], version))
			}
			for codec, c := range codecs {
				if codec == "none" {
					continue
				}
				write(t, fmt.Sprintf("%s-%d", codec, version), file(t, someRows()[30:36], nil, c, version))
			}
		}
	}
	files, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(files) < 2*(len(encodings)+len(codecs)-1) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	list := map[string][]byte{}
	for _, name := range files {
		if list[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func write(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join("testdata", name+".parquet"), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSamples(t *testing.T) {
	for name, content := range samples(t) {
		same(t, name, content, someRows()[30:36])
	}
}

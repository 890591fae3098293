package parquet_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

var (
	eight    = make([]byte, 8)
	maybe    = fields{1: 2, 3: 1, 4: "a"}
	many     = fields{1: 2, 3: 2, 4: "a"}
	text     = fields{1: 6, 3: 0, 4: "a"}
	deepList = func(n int) (l list) {
		for range n {
			l = append(l, fields{4: "g", 5: 1})
		}
		return append(l, fields{1: 2, 4: "a"})
	}
)

// hostile are files that lie, with what is said of them. None may cost memory.
var hostile = map[string]struct {
	file []byte
	want string
}{
	"no footer": {
		[]byte("PAR1PAR1"),
		"has no footer",
	},
	"cut off": {
		crafted{rows: 1}.file()[:40],
		"may be cut off or encrypted",
	},
	"a footer beyond the file": {
		append(binary.LittleEndian.AppendUint32([]byte("PAR1"), 1<<31), "PAR1"...),
		"has a footer of 2147483648 bytes",
	},
	"a list of a billion": {
		closed(nil, append(append([]byte{2<<4 | 9}, listed(1<<30, list{fields{}})...), 0)),
		"has a list of 1073741824; at most 4096 are read",
	},
	"a list that is not there": {
		closed(nil, append([]byte{2<<4 | 9}, listed(4000, list{fields{}})...)),
		"unexpected EOF",
	},
	"a name of a gigabyte": {
		closed(nil, []byte{2<<4 | 9, 1<<4 | 12, 4<<4 | 8, 0xff, 0xff, 0xff, 0xff, 3}),
		"has a name of 1073741823 bytes",
	},
	"structures without end": {
		closed(nil, bytes.Repeat([]byte{9<<4 | 12}, 4000)),
		"has structures within structures, more than 32",
	},
	"lists without end": {
		closed(nil, append([]byte{9<<4 | 9}, bytes.Repeat([]byte{1<<4 | 9}, 4000)...)),
		"has lists within lists, more than 32",
	},
	"a deep schema": {
		changed(func(footer, _, _, _ fields) { footer[2] = deepList(70) }),
		"has a schema that is no tree of at most 64 levels",
	},
	"children that are not there": {
		changed(func(footer, _, _, _ fields) { footer[2] = list{fields{4: "root", 5: 1 << 30}, fields{1: 2, 4: "a"}} }),
		"has a schema that is no tree",
	},
	"an unknown type": {
		crafted{element: fields{1: 9, 4: "a"}}.file(),
		`has a column "a" of the unknown type 9`,
	},
	"wide values": {
		crafted{element: fields{1: 7, 2: 1 << 30, 4: "a"}}.file(),
		`has a column "a" of values of 1073741824 bytes`,
	},
	"an encrypted file": {
		changed(func(footer, _, _, _ fields) { footer[8] = fields{} }),
		"is encrypted",
	},
	"another file": {
		changed(func(_, _, column, _ fields) { column[1] = "b.parquet" }),
		"has columns in other files",
	},
	"a missing column": {
		changed(func(_, group, _, _ fields) { group[1] = list{} }),
		"has 0 columns in a row group, 1 in its schema",
	},
	"a column beyond the file": {
		changed(func(_, _, _, meta fields) { meta[7] = 1 << 30 }),
		"which are not there",
	},
	"columns that share bytes": {
		changed(func(footer, group, _, _ fields) { footer[4] = list{group, group} }),
		"which are not there",
	},
	"rows without values": {
		crafted{rows: 2, values: 1, pages: page(1, 0, 8, eight)}.file(),
		`column "a" has fewer values than its row group has rows`,
	},
	"values without rows": {
		crafted{rows: 1, values: 2, pages: page(2, 0, 16, append(eight, eight...))}.file(),
		`column "a" has more values than its row group has rows`,
	},
	"a page cut off": {
		one(page(1, 0, 8, eight)[:20]),
		`column "a" has a page that ends early`,
	},
	"a page beyond its column": {
		one(thrift(fields{1: 0, 2: 60 << 20, 3: 60 << 20, 5: fields{1: 1, 2: 0}})),
		`column "a" has a page that ends early`,
	},
	"a page of a gigabyte": {
		coded(6, page(1, 0, 1<<30, zstandard(eight))),
		"that are said to hold 1073741824",
	},
	"negative sizes": {
		one(thrift(fields{1: 0, 2: -1, 3: 8, 5: fields{1: 1, 2: 0}})),
		"has a page of 1 values in 8 bytes, of -1 before compression",
	},
	"levels longer than their page": {
		one(append(thrift(fields{1: 3, 2: 8, 3: 8, 8: fields{1: 1, 4: 0, 5: 1 << 30, 6: 0}}), eight...)),
		"has a page of 1 values in 8 bytes",
	},
	"more values than the column": {
		one(page(1<<20, 0, 8, eight)),
		"has a page of 1048576 values where 1 are left",
	},
	"a billion values": {
		crafted{rows: 1, values: 1 << 30, pages: page(1<<30, 0, 8, eight)}.file(),
		"has a page of 1073741824 values",
	},
	"a wrong checksum": {
		one(append(thrift(fields{1: 0, 2: 8, 3: 8, 4: 77, 5: fields{1: 1, 2: 0}}), eight...)),
		"has a page whose checksum is wrong",
	},

	"snappy that grows a thousandfold": {
		coded(1, page(1, 0, 1<<20, eight)),
		"are said to hold 1048576",
	},
	"snappy of another length": {
		coded(1, page(1, 0, 9, append(uvarints(1<<31), eight...))),
		"has a page",
	},
	"damaged lz4": {
		coded(7, page(1, 0, 8, []byte{0xf0, 0xff, 1})),
		"cannot be decompressed",
	},
	"damaged gzip": {
		coded(2, page(1, 0, 8, eight)),
		"cannot be decompressed",
	},
	"damaged brotli": {
		coded(4, page(1, 0, 8, eight)),
		"has a page of",
	},
	"zstandard that holds more": {
		coded(6, page(1, 0, 8, zstandard(make([]byte, 60<<20)))),
		"cannot be decompressed",
	},
	"zstandard that holds less": {
		coded(6, page(1, 0, 8, zstandard(eight[:4]))),
		"has a page of 4 bytes that is said to have 8",
	},
	"a codec of its own": {
		coded(99, page(1, 0, 8, eight)),
		"is compressed by codec 99, which is not read",
	},

	"an encoding of its own": {
		one(page(1, 44, 8, eight)),
		"encoding 44 is not read",
	},
	"no dictionary": {
		one(page(1, 8, 8, eight)),
		"whose dictionary is missing",
	},
	"a dictionary of a million": {
		one(append(dictionaryPage(1<<20, eight), page(1, 8, 3, []byte{1, 2, 0})...)),
		`column "a" has a page that ends early`,
	},
	"a dictionary of a million texts": {
		typed(text, append(dictionaryPage(1<<20, eight), page(1, 8, 3, []byte{1, 2, 0})...)),
		`column "a" has a page that ends early`,
	},
	"two dictionaries": {
		one(append(dictionaryPage(1, eight), dictionaryPage(1, eight)...)),
		"has two dictionaries",
	},
	"an index beyond the dictionary": {
		one(append(dictionaryPage(1, eight), page(1, 8, 3, []byte{1, 2, 1})...)),
		"names value 1 of a dictionary of 1",
	},
	"indices of 40 bits": {
		one(append(dictionaryPage(1, eight), page(1, 8, 3, []byte{40, 2, 1})...)),
		"has indices of 40 bits",
	},
	"a text of a gigabyte": {
		typed(text, page(1, 0, 8, []byte{0, 0, 0, 64, 1, 2, 3, 4})),
		"ends early",
	},
	"differences in no block": {
		one(page(1, 5, 4, uvarints(0, 1, 1, 0))),
		"whose head cannot be",
	},
	"differences in a block of a gigabyte": {
		one(page(1, 5, 8, uvarints(1<<30, 1, 1, 0))),
		"has a page of",
	},
	"differences of 99 bits": {
		crafted{rows: 2, values: 2, pages: page(2, 5, 8, append(uvarints(128, 4, 2, 0, 0), 99, 0, 0))}.file(),
		"has a page",
	},
	"lengths of a billion": {
		typed(text, page(1, 6, 8, append(uvarints(128, 4, 1<<30, 0), 0))),
		"has a page",
	},
	"a negative length": {
		typed(text, page(1, 6, 5, uvarints(128, 4, 1, 1))),
		"has a page",
	},
	"a beginning that was not there": {
		typed(text, page(1, 7, 12, append(uvarints(128, 4, 1, 2000), uvarints(128, 4, 1, 0)...))),
		"has a page",
	},
	"half a number": {
		one(page(1, 9, 7, eight[:7])),
		"ends early",
	},

	"a level that is not one": {
		typed(fields{3: 1, 4: "g", 5: 1}, page(1, 0, 14, append(levels([]byte{2, 3}), eight...)), maybe),
		"has a level of 3 where 2 is the highest",
	},
	"levels that run out": {
		typed(maybe, page(1, 0, 4, levels(nil))),
		"ends early",
	},
	"a list longer than a row may be": {
		crafted{element: many, rows: 1, values: 1 << 24,
			pages: append(dictionaryPage(1, eight), repeatedPage(1<<24)...)}.file(),
		"has a row of more than 1048576 bytes",
	},
	"a row that begins within one": {
		typed(many, page(1, 0, 20, append(append(levels([]byte{2, 1}), levels([]byte{2, 1})...), eight...))),
		"levels contradict each other",
	},
}

// little is what reading a file of a few bytes may allocate where no page of it is large.
const little = 8 << 20

func TestFilesThatLieAreRefused(t *testing.T) {
	if got, err := rows(one(page(1, 0, 8, eight))); err != nil || len(got) != 1 || got[0] != `{"a":0}` {
		t.Fatalf("what these files are made from gives %q, %v", got, err)
	}
	if _, err := rows(hostile["damaged gzip"].file); err == nil { // makes the decoders that stay
		t.Error("no error")
	}
	for name, h := range hostile {
		var err error
		took := allocated(func() { _, err = rows(h.file) })
		if err == nil || !strings.Contains(err.Error(), h.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %q", name, err, h.want)
		}
		if took > little {
			t.Errorf("%s: %d bytes were allocated", name, took)
		}
	}
}

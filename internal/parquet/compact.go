package parquet

import "encoding/binary"

// compact writes structures of Thrift's compact protocol, as the format's headers and footers are.
type compact struct {
	out  []byte
	last []int // the number of the field written last, of each structure that is open
}

// The protocol's types.
const (
	thriftInt32  = 5
	thriftInt64  = 6
	thriftBinary = 8
	thriftList   = 9
	thriftStruct = 12
)

// field begins field number n, above the last one by at most 15.
func (c *compact) field(n, kind int) {
	top := len(c.last) - 1
	c.out = append(c.out, byte((n-c.last[top])<<4|kind))
	c.last[top] = n
}

func (c *compact) begin() { c.last = append(c.last, 0) }

func (c *compact) end() {
	c.last = c.last[:len(c.last)-1]
	c.out = append(c.out, 0)
}

// whole are whole numbers, the kind being thriftInt32 or thriftInt64.
func (c *compact) whole(n, kind int, v int64) {
	c.field(n, kind)
	c.out = binary.AppendVarint(c.out, v)
}

func (c *compact) text(n int, v string) {
	c.field(n, thriftBinary)
	c.raw(v)
}

// raw is a text in a list.
func (c *compact) raw(v string) { c.out = append(binary.AppendUvarint(c.out, uint64(len(v))), v...) }

func (c *compact) list(n, kind, size int) {
	c.field(n, thriftList)
	if size < 15 {
		c.out = append(c.out, byte(size<<4|kind))
		return
	}
	c.out = binary.AppendUvarint(append(c.out, byte(0xf0|kind)), uint64(size))
}

// within writes a structure as field n.
func (c *compact) within(n int, fields func()) {
	c.field(n, thriftStruct)
	c.begin()
	fields()
	c.end()
}

// pageHeader is what stands before a page: PageHeader with its DataPageHeader.
func pageHeader(values, plainBytes, bytes int) []byte {
	c := &compact{}
	c.begin()
	c.whole(1, thriftInt32, dataPage)
	c.whole(2, thriftInt32, int64(plainBytes))
	c.whole(3, thriftInt32, int64(bytes))
	c.within(5, func() {
		c.whole(1, thriftInt32, int64(values))
		c.whole(2, thriftInt32, asTheyAre)
		c.whole(3, thriftInt32, asRuns)
		c.whole(4, thriftInt32, asRuns)
	})
	c.end()
	return c.out
}

// footerOf is FileMetaData.
func footerOf(fields []Field, rows int, groups []writtenGroup) []byte {
	c := &compact{}
	c.begin()
	c.whole(1, thriftInt32, 1)
	c.list(2, thriftStruct, 1+len(fields))
	c.begin()
	c.text(4, "table")
	c.whole(5, thriftInt32, int64(len(fields)))
	c.end()
	for _, f := range fields {
		c.begin()
		c.whole(1, thriftInt32, int64(f.Kind))
		c.whole(3, thriftInt32, mayMiss)
		c.text(4, f.Name)
		if f.Kind == Text {
			c.whole(6, thriftInt32, utf8Text)
		}
		c.end()
	}
	c.whole(3, thriftInt64, int64(rows))
	c.list(4, thriftStruct, len(groups))
	for i := range groups {
		c.group(fields, &groups[i])
	}
	c.text(6, "roofserve")
	c.end()
	return c.out
}

// group is a RowGroup.
func (c *compact) group(fields []Field, g *writtenGroup) {
	c.begin()
	c.list(1, thriftStruct, len(g.chunks))
	total := int64(0)
	for i, chunk := range g.chunks {
		total += chunk.plainBytes
		c.begin()
		c.whole(2, thriftInt64, chunk.offset)
		c.within(3, func() {
			c.whole(1, thriftInt32, int64(fields[i].Kind))
			c.list(2, thriftInt32, 2)
			c.out = binary.AppendVarint(binary.AppendVarint(c.out, asTheyAre), asRuns)
			c.list(3, thriftBinary, 1)
			c.raw(fields[i].Name)
			c.whole(4, thriftInt32, codecZstd)
			c.whole(5, thriftInt64, int64(g.rows))
			c.whole(6, thriftInt64, chunk.plainBytes)
			c.whole(7, thriftInt64, chunk.bytes)
			c.whole(9, thriftInt64, chunk.offset)
		})
		c.end()
	}
	c.whole(2, thriftInt64, total)
	c.whole(3, thriftInt64, int64(g.rows))
	c.end()
}

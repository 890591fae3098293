package parquet

import (
	"encoding/binary"
	"errors"
)

var errDelta = errors.New("has a page of differences whose head cannot be")

// delta reads DELTA_BINARY_PACKED: numbers as differences, in blocks of smaller blocks that have a width
// each.
type delta struct {
	data    []byte
	each    int    // numbers of a smaller block
	blocks  int    // smaller blocks of a block
	left    uint64 // numbers
	started bool
	value   int64

	least  int64  // difference of the block
	widths []byte // of its smaller blocks that are still to come
	inside int    // numbers left of the smaller block
	packed []byte
	bit    int
	width  int
}

// newDelta reads the head of the numbers that data begins with.
func newDelta(data []byte) (*delta, error) {
	var head [4]uint64
	for i := range head {
		v, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, errShort
		}
		head[i], data = v, data[n:]
	}
	block, blocks := head[0], head[1]
	if block == 0 || block > maxBlock || blocks == 0 || blocks > block || block%blocks != 0 ||
		block/blocks%8 != 0 {
		return nil, errDelta
	}
	d := &delta{data: data, each: int(block / blocks), blocks: int(blocks), left: head[2]}
	d.value = unzigzag(head[3])
	return d, nil
}

func (d *delta) next() (int64, error) {
	if d.left == 0 {
		return 0, errShort
	}
	d.left--
	if !d.started {
		d.started = true
		return d.value, nil
	}
	if d.inside == 0 {
		if err := d.begin(); err != nil {
			return 0, err
		}
	}
	more, ok := bits(d.packed, d.bit, d.width)
	if !ok {
		return 0, errShort
	}
	d.inside--
	d.bit += d.width
	d.value += d.least + int64(more)
	return d.value, nil
}

// begin goes on to the next smaller block.
func (d *delta) begin() error {
	if len(d.widths) == 0 {
		v, n := binary.Uvarint(d.data)
		if n <= 0 || len(d.data)-n < d.blocks {
			return errShort
		}
		d.least = unzigzag(v)
		d.widths, d.data = d.data[n:n+d.blocks], d.data[n+d.blocks:]
	}
	d.width, d.widths = int(d.widths[0]), d.widths[1:]
	if d.width > 64 {
		return errDelta
	}
	end := min(len(d.data), d.each/8*d.width)
	d.packed, d.data = d.data[:end], d.data[end:]
	d.inside, d.bit = d.each, 0
	return nil
}

// rest is what follows all numbers of a reader that has not begun.
func (d delta) rest() ([]byte, error) {
	for left := d.left; left > 1; left -= min(left-1, uint64(d.each)) {
		if err := d.begin(); err != nil {
			return nil, err
		}
	}
	return d.data, nil
}

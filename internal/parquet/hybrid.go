package parquet

import (
	"encoding/binary"
	"errors"
)

var errShort = errors.New("has a page that ends early")

// bits are width bits from a bit on, least significant first; false where the bytes end before.
func bits(data []byte, from, width int) (v uint64, ok bool) {
	last := from + width
	if last > 8*len(data) {
		return 0, false
	}
	for at, shift := from/8, -(from % 8); 8*at < last; at, shift = at+1, shift+8 {
		if shift < 0 {
			v |= uint64(data[at]) >> -shift
		} else {
			v |= uint64(data[at]) << shift
		}
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v, true
}

// hybrid reads numbers that are written as runs, and as groups of eight whose bits lie together (RLE). Runs
// are counted down, never spread out.
type hybrid struct {
	data   []byte
	width  int
	run    uint64 // numbers left of it
	packed []byte // of the run; nil where all are value
	bit    int
	value  uint64
}

func (h *hybrid) next() (uint64, error) {
	for h.run == 0 {
		if err := h.begin(); err != nil {
			return 0, err
		}
	}
	h.run--
	if h.packed == nil {
		return h.value, nil
	}
	v, ok := bits(h.packed, h.bit, h.width)
	if !ok {
		return 0, errShort
	}
	h.bit += h.width
	return v, nil
}

// begin reads the head of a run.
func (h *hybrid) begin() error {
	head, n := binary.Uvarint(h.data)
	if n <= 0 || head > 1<<32 {
		return errShort
	}
	h.data = h.data[n:]
	if head&1 == 0 {
		h.run, h.packed = head>>1, nil
		var ok bool
		if h.value, ok = bits(h.data, 0, h.width); !ok {
			return errShort
		}
		h.data = h.data[(h.width+7)/8:]
		return nil
	}
	h.run, h.bit = head>>1*8, 0
	end := min(uint64(len(h.data)), head>>1*uint64(h.width)) // some writers cut the last group off
	h.packed, h.data = h.data[:end:end], h.data[end:]
	if h.packed == nil {
		h.packed = []byte{}
	}
	return nil
}

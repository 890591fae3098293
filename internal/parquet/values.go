package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Encodings of values.
const (
	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRLE             = 3
	encodingDelta           = 5
	encodingDeltaLength     = 6
	encodingDeltaBytes      = 7
	encodingDictionary      = 8
	encodingSplit           = 9
)

// value is one of any physical type: a number, a float, or bytes that are valid until the next is read.
type value struct {
	number int64
	float  float64
	bytes  []byte
}

// decoder hands out the values of a page one by one.
type decoder interface {
	next(v *value) error
}

// newDecoder reads the values that data holds in an encoding.
func newDecoder(encoding int64, leaf *node, data []byte, words *dictionary) (decoder, error) {
	integers := leaf.kind == kindInt32 || leaf.kind == kindInt64
	switch {
	case encoding == encodingPlain:
		return &plain{kind: leaf.kind, width: leaf.bytes(), data: data}, nil
	case encoding == encodingDictionary || encoding == encodingPlainDictionary:
		if words == nil {
			return nil, errors.New("has a page whose dictionary is missing")
		}
		if len(data) == 0 {
			return &indices{}, nil
		}
		if data[0] > 32 {
			return nil, fmt.Errorf("has indices of %d bits", data[0])
		}
		return &indices{hybrid{data: data[1:], width: int(data[0])}, words}, nil
	case encoding == encodingRLE && leaf.kind == kindBool:
		run, _, err := prefixed(data)
		return &flags{hybrid{data: run, width: 1}}, err
	case encoding == encodingDelta && integers:
		d, err := newDelta(data)
		return &differences{d, leaf.kind == kindInt32}, err
	case encoding == encodingDeltaLength && leaf.kind == kindBytes:
		return newDeltaLength(data)
	case encoding == encodingDeltaBytes && (leaf.kind == kindBytes || leaf.kind == kindFixed):
		return newDeltaBytes(leaf, data)
	case encoding == encodingSplit && leaf.kind != kindBool && leaf.kind != kindBytes && leaf.kind != kindInt96:
		width := leaf.bytes()
		if len(data)%width != 0 {
			return nil, errShort
		}
		return &split{plain{kind: leaf.kind, width: width}, data, 0, make([]byte, width)}, nil
	}
	return nil, fmt.Errorf("has a column %q whose encoding %d is not read", leaf.name, encoding)
}

// bytes is how many one value takes; 0 where each says how many.
func (n *node) bytes() int {
	switch n.kind {
	case kindInt32, kindFloat:
		return 4
	case kindInt64, kindDouble:
		return 8
	case kindInt96:
		return 12
	case kindFixed:
		return int(n.width)
	}
	return 0
}

// prefixed cuts off what data begins with: its length in four bytes, and itself.
func prefixed(data []byte) (first, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errShort
	}
	n := binary.LittleEndian.Uint32(data)
	if data = data[4:]; uint64(n) > uint64(len(data)) {
		return nil, nil, errShort
	}
	return data[:n], data[n:], nil
}

// plain reads values as they are.
type plain struct {
	kind  int64
	width int
	data  []byte
	bit   int
}

func (p *plain) next(v *value) (err error) {
	switch p.kind {
	case kindBool:
		bit, ok := bits(p.data, p.bit, 1)
		if !ok {
			return errShort
		}
		p.bit++
		v.number = int64(bit)
		return nil
	case kindBytes:
		v.bytes, p.data, err = prefixed(p.data)
		return err
	}
	if len(p.data) < p.width {
		return errShort
	}
	p.of(v, p.data[:p.width])
	p.data = p.data[p.width:]
	return nil
}

// of is the value of as many bytes as its type takes.
func (p *plain) of(v *value, data []byte) {
	switch p.kind {
	case kindInt32:
		v.number = int64(int32(binary.LittleEndian.Uint32(data)))
	case kindInt64:
		v.number = int64(binary.LittleEndian.Uint64(data))
	case kindFloat:
		v.float = float64(math.Float32frombits(binary.LittleEndian.Uint32(data)))
	case kindDouble:
		v.float = math.Float64frombits(binary.LittleEndian.Uint64(data))
	default:
		v.bytes = data
	}
}

// dictionary is the values that indices stand for.
type dictionary struct {
	plain
	starts []uint32 // of byte arrays; where the last ends is the last
	count  int
}

// newDictionary reads a page of as many values, into the memory of earlier starts.
func newDictionary(leaf *node, data []byte, count int64, starts []uint32, all *held) (*dictionary, error) {
	d := &dictionary{plain: plain{kind: leaf.kind, width: leaf.bytes(), data: data}, count: int(count)}
	switch {
	case leaf.kind == kindBool:
		return nil, errors.New("has a dictionary of booleans")
	case leaf.kind != kindBytes:
		if count < 0 || count > int64(len(data)/d.width) {
			return nil, errShort
		}
		return d, nil
	case count < 0 || count > int64(len(data)/4):
		return nil, errShort
	}
	var err error
	if d.starts, err = all.growStarts(starts, d.count); err != nil {
		return nil, err
	}
	for i, rest := 0, data; i < d.count; i++ {
		d.starts[i] = uint32(len(data) - len(rest))
		if _, rest, err = prefixed(rest); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *dictionary) get(v *value, i uint64) (err error) {
	if i >= uint64(d.count) {
		return fmt.Errorf("names value %d of a dictionary of %d", i, d.count)
	}
	if d.starts != nil {
		v.bytes, _, err = prefixed(d.data[d.starts[i]:])
		return err
	}
	from := int(i) * d.width
	d.of(v, d.data[from:from+d.width])
	return nil
}

// indices reads values of a dictionary.
type indices struct {
	hybrid
	words *dictionary
}

func (r *indices) next(v *value) error {
	i, err := r.hybrid.next()
	if err != nil {
		return err
	}
	return r.words.get(v, i)
}

// flags reads booleans in runs.
type flags struct{ hybrid }

func (f *flags) next(v *value) error {
	bit, err := f.hybrid.next()
	v.number = int64(bit)
	return err
}

// differences reads integers.
type differences struct {
	*delta
	short bool // of 32 bits
}

func (d *differences) next(v *value) error {
	n, err := d.delta.next()
	if d.short {
		n = int64(int32(n))
	}
	v.number = n
	return err
}

// deltaLength reads byte arrays whose lengths stand before all of them.
type deltaLength struct {
	lengths *delta
	data    []byte
}

func newDeltaLength(data []byte) (*deltaLength, error) {
	lengths, err := newDelta(data)
	if err != nil {
		return nil, err
	}
	rest, err := lengths.rest()
	return &deltaLength{lengths, rest}, err
}

func (d *deltaLength) next(v *value) error {
	n, err := d.lengths.next()
	if err != nil {
		return err
	}
	if n < 0 || n > int64(len(d.data)) {
		return errShort
	}
	v.bytes, d.data = d.data[:n], d.data[n:]
	return nil
}

// deltaBytes reads byte arrays that begin as the one before them does. None is longer than the page, so that
// a short page makes no long ones out of ever longer beginnings.
type deltaBytes struct {
	shared *delta
	own    *deltaLength
	last   []byte
	most   int
	width  int // of fixed-length arrays; 0 of others
}

func newDeltaBytes(leaf *node, data []byte) (*deltaBytes, error) {
	shared, err := newDelta(data)
	if err != nil {
		return nil, err
	}
	rest, err := shared.rest()
	if err != nil {
		return nil, err
	}
	own, err := newDeltaLength(rest)
	return &deltaBytes{shared, own, nil, len(data), leaf.bytes()}, err
}

func (d *deltaBytes) next(v *value) error {
	n, err := d.shared.next()
	if err != nil {
		return err
	}
	if err := d.own.next(v); err != nil {
		return err
	}
	if n < 0 || n > int64(len(d.last)) || int(n)+len(v.bytes) > d.most {
		return errShort
	}
	d.last = append(d.last[:n], v.bytes...)
	if v.bytes = d.last; d.width > 0 && len(d.last) != d.width {
		return errShort
	}
	return nil
}

// split reads numbers whose first bytes stand together, then their second ones, and so on.
type split struct {
	plain
	data  []byte
	at    int
	whole []byte
}

func (s *split) next(v *value) error {
	count := len(s.data) / len(s.whole)
	if s.at == count {
		return errShort
	}
	for i := range s.whole {
		s.whole[i] = s.data[i*count+s.at]
	}
	s.at++
	s.of(v, s.whole)
	return nil
}

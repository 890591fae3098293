package parquet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// column reads the pages of one column in one row group after the other, and stands at one of its values.
type column struct {
	leaf *node
	all  *held
	in   *bufio.Reader // of the chunk
	size int64         // of the chunk, bytes
	left int64         // values of the chunk that were not reached yet
	code int64

	raw, page, words []byte // memory of the page, as it is and decompressed, and of the dictionary
	rawWords         []byte
	starts           []uint32
	dictionary       *dictionary
	values           decoder
	inPage           int64
	repetition       hybrid
	definition       hybrid

	// Where the column stands.
	done     bool
	repeats  int
	defined  int
	position value
}

// open begins a chunk.
func (c *column) open(file io.ReaderAt, from chunk) error {
	section := io.NewSectionReader(file, from.start, from.bytes)
	if c.in == nil {
		c.in = bufio.NewReader(section)
	} else {
		c.in.Reset(section)
	}
	c.size, c.left, c.code, c.inPage, c.dictionary, c.done = from.bytes, from.values, from.codec, 0, nil, false
	return c.next()
}

// next goes on to the following value, which may be missing from the page.
func (c *column) next() error {
	for c.inPage == 0 {
		if c.left == 0 {
			c.done, c.repeats, c.defined = true, 0, 0
			return nil
		}
		if err := c.readPage(); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = errShort
			}
			return fmt.Errorf("column %q %w", c.leaf.name, err)
		}
	}
	c.inPage--
	c.left--
	var err error
	if c.repeats, err = level(&c.repetition, c.leaf.repeats); err != nil {
		return err
	}
	if c.defined, err = level(&c.definition, c.leaf.definition); err != nil {
		return err
	}
	if c.defined == c.leaf.definition {
		return c.values.next(&c.position)
	}
	return nil
}

// level is the next level of at most so much.
func level(from *hybrid, most int) (int, error) {
	if most == 0 {
		return 0, nil
	}
	l, err := from.next()
	if err == nil && l > uint64(most) {
		err = fmt.Errorf("has a level of %d where %d is the highest", l, most)
	}
	return int(l), err
}

// readPage reads the next page, whatever it is.
func (c *column) readPage() error {
	head, err := readHead(c.in)
	if err != nil {
		return err
	}
	if head.bytes > c.size {
		return errShort
	}
	switch head.kind {
	case pageData, pageDataV2:
		return c.readData(&head)
	case pageDictionary:
		return c.readDictionary(&head)
	}
	_, err = c.in.Discard(int(head.bytes))
	return err
}

func (c *column) readDictionary(head *pageHead) (err error) {
	if c.dictionary != nil {
		return errors.New("has two dictionaries")
	}
	if c.rawWords, err = head.read(c.in, c.rawWords, c.all); err != nil {
		return err
	}
	data, err := expand(c.code, c.rawWords, c.words, int(head.plain), c.all)
	if err != nil {
		return err
	}
	if c.code != codecNone {
		c.words = data
	}
	if c.dictionary, err = newDictionary(c.leaf, data, head.values, c.starts, c.all); err == nil {
		c.starts = c.dictionary.starts
	}
	return err
}

// readData reads a page of values, and stands before the first.
func (c *column) readData(head *pageHead) (err error) {
	if head.values > c.left {
		return fmt.Errorf("has a page of %d values where %d are left", head.values, c.left)
	}
	if c.raw, err = head.read(c.in, c.raw, c.all); err != nil {
		return err
	}
	begin := int(head.levels[0] + head.levels[1])
	code := c.code
	if head.kind == pageDataV2 && head.asIs {
		code = codecNone
	}
	data, err := expand(code, c.raw[begin:], c.page, int(head.plain)-begin, c.all)
	if err != nil {
		return err
	}
	if code != codecNone && len(data) > 0 {
		c.page = data
	}
	repetition, definition := c.raw[:head.levels[0]], c.raw[head.levels[0]:begin]
	if head.kind == pageData {
		if repetition, data, err = c.cut(data, c.leaf.repeats); err != nil {
			return err
		}
		if definition, data, err = c.cut(data, c.leaf.definition); err != nil {
			return err
		}
	}
	c.repetition = hybrid{data: repetition, width: width(c.leaf.repeats)}
	c.definition = hybrid{data: definition, width: width(c.leaf.definition)}
	c.inPage = head.values
	if c.values, err = newDecoder(head.encoding, c.leaf, data, c.dictionary); err != nil && len(data) == 0 {
		c.values, err = &plain{kind: c.leaf.kind, width: c.leaf.bytes()}, nil // a page of nulls
	}
	return err
}

// cut takes the levels of a page of version 1 off its front.
func (c *column) cut(data []byte, most int) (levels, rest []byte, err error) {
	if most == 0 {
		return nil, data, nil
	}
	return prefixed(data)
}

// width is how many bits a level of at most so much takes.
func width(most int) (bits int) {
	for ; most > 0; most >>= 1 {
		bits++
	}
	return bits
}

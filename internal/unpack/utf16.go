package unpack

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Marks of the order of bytes, with which texts in units of 16 bits begin: those that spreadsheets save as
// "Unicode text", and what PowerShell redirects into a file.
const (
	littleMark = "\xff\xfe"
	bigMark    = "\xfe\xff"
)

func isWide(in *bufio.Reader) bool { return begins(in, littleMark) || begins(in, bigMark) }

// Text is a text as it is, or of units of 16 bits the same in UTF-8, without half a unit at its end.
func Text(data []byte) string {
	in := bufio.NewReader(bytes.NewReader(data))
	if !isWide(in) {
		return string(data)
	}
	var text strings.Builder
	_, _ = io.Copy(&text, newWide(in)) // which ends early with half a unit alone
	return text.String()
}

// wide reads such a text as UTF-8, without its mark.
type wide struct {
	in    *bufio.Reader
	order binary.ByteOrder
	rest  []byte // of a character that did not fit
	err   error
}

func newWide(in *bufio.Reader) *wide {
	w := &wide{in: in, order: binary.LittleEndian}
	if begins(in, bigMark) {
		w.order = binary.BigEndian
	}
	_, w.err = in.Discard(len(littleMark))
	return w
}

// Read implements io.Reader.
func (w *wide) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && w.err == nil {
		if len(w.rest) == 0 {
			var r rune
			if r, w.err = w.next(); w.err != nil {
				break
			}
			w.rest = utf8.AppendRune(w.rest[:0], r)
		}
		taken := copy(p[n:], w.rest)
		n, w.rest = n+taken, w.rest[taken:]
	}
	if n > 0 {
		return n, nil
	}
	return 0, w.err
}

// next is the next character, of one unit or two.
func (w *wide) next() (rune, error) {
	first, err := w.unit()
	if err != nil || !utf16.IsSurrogate(rune(first)) {
		return rune(first), err
	}
	second, _ := w.in.Peek(unitBytes)
	if len(second) < unitBytes {
		return utf8.RuneError, nil // what is left says by itself that it ends too early
	}
	r := utf16.DecodeRune(rune(first), rune(w.order.Uint16(second)))
	if r != utf8.RuneError {
		_, err = w.in.Discard(unitBytes)
	}
	return r, err
}

const unitBytes = 2

func (w *wide) unit() (uint16, error) {
	var b [unitBytes]byte
	if _, err := io.ReadFull(w.in, b[:]); err != nil {
		return 0, err
	}
	return w.order.Uint16(b[:]), nil
}

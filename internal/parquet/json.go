package parquet

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// appendJSON writes a value of a column.
func (n *node) appendJSON(to []byte, v *value) []byte {
	switch n.kind {
	case kindBool:
		return strconv.AppendBool(to, v.number != 0)
	case kindInt32, kindInt64:
		return n.appendInteger(to, v.number)
	case kindInt96:
		return appendInstant(to, julian(v.bytes))
	case kindFloat:
		return appendFloat(to, v.float, 32)
	case kindDouble:
		return appendFloat(to, v.float, 64)
	}
	if n.meaning.decimal {
		return n.appendDecimal(to, signed(v.bytes))
	}
	return appendText(to, v.bytes)
}

func (n *node) appendInteger(to []byte, number int64) []byte {
	switch {
	case n.meaning.unit > 0:
		per := int64(time.Second / n.meaning.unit)
		return appendInstant(to, time.Unix(number/per, number%per*int64(n.meaning.unit)))
	case n.meaning.decimal:
		return n.appendDecimal(to, big.NewInt(number))
	case n.meaning.unsigned && n.kind == kindInt32:
		return strconv.AppendUint(to, uint64(uint32(number)), 10)
	case n.meaning.unsigned:
		return strconv.AppendUint(to, uint64(number), 10)
	}
	return strconv.AppendInt(to, number, 10)
}

func appendInstant(to []byte, at time.Time) []byte {
	to = append(to, '"')
	to = at.UTC().AppendFormat(to, "2006-01-02T15:04:05.999999999Z")
	return append(to, '"')
}

// julian is the instant that twelve bytes stand for: nanoseconds of a day, and the day since -4713.
func julian(data []byte) time.Time {
	const epoch = 2_440_588 // 1970-01-01
	day := int64(binary.LittleEndian.Uint32(data[8:])) - epoch
	return time.Unix(day*86400, int64(binary.LittleEndian.Uint64(data)))
}

// appendFloat writes a number as encoding/json does; null where JSON has none.
func appendFloat(to []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(to, "null"...)
	}
	format := byte('f')
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(to, v, format, -1, bits)
}

// maxDecimal is how many bytes a decimal may have, and maxScale how many digits behind its point: 76 digits
// are the most that a known writer takes. Others are written as null.
const (
	maxDecimal = 32
	maxScale   = 76
)

// signed is a big-endian number; nil where it is too long.
func signed(data []byte) *big.Int {
	if len(data) > maxDecimal {
		return nil
	}
	v := new(big.Int).SetBytes(data)
	if len(data) > 0 && data[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(data))))
	}
	return v
}

// appendDecimal writes a number that counts units of the last digit.
func (n *node) appendDecimal(to []byte, v *big.Int) []byte {
	if v == nil || n.scale < 0 || n.scale > maxScale {
		return append(to, "null"...)
	}
	if v.Sign() < 0 {
		to = append(to, '-')
	}
	digits := new(big.Int).Abs(v).Append(nil, 10)
	scale := int(n.scale)
	if short := scale + 1 - len(digits); short > 0 {
		digits = append(slices.Repeat([]byte{'0'}, short), digits...)
	}
	to = append(to, digits[:len(digits)-scale]...)
	if scale > 0 {
		to = append(to, '.')
		to = append(to, digits[len(digits)-scale:]...)
	}
	return to
}

// appendText writes a string.
func appendText(to, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			return appendEscaped(to, text)
		}
	}
	if !utf8.Valid(text) {
		return appendEscaped(to, text)
	}
	to = append(to, '"')
	to = append(to, text...)
	return append(to, '"')
}

func appendEscaped(to, text []byte) []byte {
	escaped, _ := json.Marshal(string(text)) // a string has a form always
	return append(to, escaped...)
}

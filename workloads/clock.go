package workloads

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// instant is a point in time as seconds since some origin of the trace, and picoseconds below a second. An
// int64 of picoseconds alone ends after 106 days, less than the age of the Unix epoch.
type instant struct{ seconds, picoseconds int64 }

const second = 1_000_000_000_000 // in ps

// clock reads the arrival column of a trace.
type clock interface {
	read(field []byte) (at instant, wrong, right string)
}

// ticks reads plain numbers of a unit of which perSecond make a second.
type ticks struct{ perSecond uint64 }

// The units of plain numbers, by the names that column maps use.
var timeUnits = map[string]ticks{"s": {1}, "ms": {1000}, "us": {1_000_000}, "ns": {1_000_000_000}}

func (t ticks) read(field []byte) (at instant, wrong, right string) {
	d, ok := parseDecimal(field)
	if !ok {
		if d, wrong = carefulTime(field); wrong != "" {
			return at, wrong, "use a number of at least 0"
		}
	}
	if d.whole/t.perSecond > 1e18 {
		return at, fmt.Sprintf("%.40s is not a believable time", field), "use a number of at least 0"
	}
	tick := second / t.perSecond // in ps
	return instant{
		seconds:     int64(d.whole / t.perSecond),
		picoseconds: int64(d.whole%t.perSecond*tick + d.part/t.perSecond),
	}, "", ""
}

// epochs are numbers of milliseconds, or of a smaller unit where the first is too large for a date in them:
// those of today have 13 digits before the point. A first one of 10 digits is a date in seconds: in
// milliseconds it would be weeks after the trace's origin.
type epochs struct{ unit ticks }

func (e *epochs) read(field []byte) (at instant, wrong, right string) {
	if e.unit.perSecond == 0 {
		e.unit = timeUnits["ms"]
		if d, ok := parseDecimal(bytes.TrimSpace(field)); ok && d.whole >= 1e17 {
			e.unit = timeUnits["ns"]
		} else if ok && d.whole >= 1e14 {
			e.unit = timeUnits["us"]
		} else if ok && d.whole >= 1e9 && d.whole < 5e9 {
			e.unit = timeUnits["s"]
		}
	}
	return e.unit.read(field)
}

// carefulTime reads a number that parseDecimal did not take: padded, with an exponent, or wrong.
func carefulTime(field []byte) (d decimal, wrong string) {
	text := string(bytes.TrimSpace(field))
	number, err := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
		return d, "is empty"
	case err != nil:
		return d, fmt.Sprintf("%.40q is not a number", text)
	case math.IsNaN(number) || math.IsInf(number, 0):
		return d, fmt.Sprintf("%q is not a finite number", text)
	case number < 0:
		return d, fmt.Sprintf("%.40s is negative", text)
	case number > 1e18:
		return d, fmt.Sprintf("%.40s is not a believable time", text)
	}
	whole := math.Floor(number)
	return decimal{whole: uint64(whole), part: uint64((number - whole) * decimalParts)}, ""
}

// calendar reads date and time of day: 2023-11-16 18:15:46.6805900, with T for the blank, any number of
// decimals, and Z or an offset (2024-05-10 00:00:00.009930+00:00) or neither. It remembers the last date,
// because that costs most.
type calendar struct {
	date     [10]byte
	midnight int64 // of date, in s since 1970
}

func (c *calendar) read(field []byte) (at instant, wrong, right string) {
	const example = "write it as 2023-11-16 18:15:46.6805900"
	field = bytes.TrimSpace(field)
	if len(field) < 19 || field[10] != ' ' && field[10] != 'T' || field[13] != ':' || field[16] != ':' {
		return at, fmt.Sprintf("%.40q is not a date and time", field), example
	}
	if !bytes.Equal(c.date[:], field[:10]) {
		date, err := time.Parse(time.DateOnly, string(field[:10]))
		if err != nil {
			return at, fmt.Sprintf("%q is not a date", field[:10]), example
		}
		copy(c.date[:], field)
		c.midnight = date.Unix()
	}
	hour, minute, sec := twoDigits(field[11:]), twoDigits(field[14:]), twoDigits(field[17:])
	part, rest, ok := fraction(field[19:])
	offset, good := zone(rest)
	if hour > 23 || minute > 59 || sec > 60 || !ok || !good {
		return at, fmt.Sprintf("%.40q is not a time of day", field[11:]), example
	}
	return instant{seconds: c.midnight + hour*3600 + minute*60 + sec - offset, picoseconds: part}, "", ""
}

// twoDigits reads the first two bytes; 99 where they are no digits.
func twoDigits(field []byte) int64 {
	tens, ones := field[0]-'0', field[1]-'0'
	if tens > 9 || ones > 9 {
		return 99
	}
	return int64(tens)*10 + int64(ones)
}

// fraction reads .6805900 as picoseconds, and returns what follows.
func fraction(field []byte) (part int64, rest []byte, ok bool) {
	if len(field) == 0 || field[0] != '.' {
		return 0, field, true
	}
	scale, i := int64(second), 1
	for ; i < len(field) && field[i]-'0' <= 9; i++ {
		scale /= 10
		part += scale * int64(field[i]-'0')
	}
	return part, field[i:], i > 1
}

// zone reads the offset from UTC in s: nothing, Z or +hh:mm.
func zone(field []byte) (offset int64, ok bool) {
	switch {
	case len(field) == 0 || len(field) == 1 && field[0] == 'Z':
		return 0, true
	case len(field) != 6 || field[3] != ':' || field[0] != '+' && field[0] != '-':
		return 0, false
	}
	hours, minutes := twoDigits(field[1:]), twoDigits(field[4:])
	offset = hours*3600 + minutes*60
	if field[0] == '-' {
		offset = -offset
	}
	return offset, hours <= 23 && minutes <= 59
}

package results

import (
	"errors"
	"math"
	"strings"
)

// fields are what is wanted of an object, by its keys. Other keys are skipped.
type fields map[string]func() error

// object takes the object that comes next, or skips what is none.
func (d *document) object(want fields) error {
	if d.Peek() != '{' {
		return d.Skip()
	}
	return d.Object(func(key string) error {
		if take := want[key]; take != nil {
			return take()
		}
		return d.Skip()
	})
}

// deep looks for keys in the value that comes next and in all that stands in it, and skips the rest. A key
// that is met again is taken again.
func (d *document) deep(want fields) error {
	switch d.Peek() {
	case '{':
		return d.Object(func(key string) error {
			if take := want[key]; take != nil {
				return take()
			}
			return d.deep(want)
		})
	case '[':
		return d.array(func() error { return d.deep(want) })
	}
	return d.Skip()
}

// array takes the array that comes next element by element, or skips what is none.
func (d *document) array(take func() error) error {
	if d.Peek() != '[' {
		return d.Skip()
	}
	return d.Array(take)
}

// number takes a number into a field, NaN where there is none.
func (d *document) number(to *float64) func() error {
	return func() error {
		if c := d.Peek(); c == '{' || c == '[' {
			return d.Skip()
		}
		v, err := d.Number()
		*to = v
		return err
	}
}

// rate takes a number above 0, or 0 where there is none.
func (d *document) rate(to *float64) func() error {
	return func() error {
		err := d.number(to)()
		*to = max(0, known(*to))
		return err
	}
}

// scaled takes a number in another unit.
func (d *document) scaled(to *float64, by float64) func() error {
	return func() error {
		err := d.number(to)()
		*to *= by
		return err
	}
}

// maxTokens is the largest token count that is believed.
const maxTokens = 1_000_000_000

// count takes a number of tokens or requests; 0 where there is none.
func (d *document) count(to *int) func() error {
	return func() error {
		var v float64
		err := d.number(&v)()
		*to = whole(v)
		return err
	}
}

// whole is a count as a number; 0 where it is none that can be believed.
func whole(v float64) int {
	if v >= 0 && v <= maxTokens {
		return int(v + 0.5)
	}
	return 0
}

// known is a number, or 0 where there is none.
func known(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// maxText is the longest text that is kept, in bytes: names, not prompts.
const maxText = 64 << 10

// text takes a string into a field, or the first of a list; others are skipped.
func (d *document) text(to *string) func() error {
	return func() error {
		switch d.Peek() {
		case '"':
			v, err := d.Text(maxText)
			*to = v
			return err
		case '[':
			first := true
			return d.Array(func() error {
				if first = first && d.Peek() == '"'; first {
					first = false
					return d.text(to)()
				}
				return d.Skip()
			})
		}
		return d.Skip()
	}
}

// word takes a text, a number, true or false as a text.
func (d *document) word(to *string) func() error {
	return func() error {
		if c := d.Peek(); c == '{' || c == '[' {
			return d.Skip()
		}
		raw, err := d.Raw(maxText)
		*to = strings.ToLower(strings.Trim(string(raw), `"`))
		return err
	}
}

// numbers takes a list of numbers.
func (d *document) numbers(to *[]float64) func() error {
	return func() error {
		return d.array(func() error {
			var v float64
			if err := d.number(&v)(); err != nil {
				return err
			}
			return appendTo(to, v)
		})
	}
}

// sums takes a list of lists of numbers, of each of which it keeps the sum.
func (d *document) sums(to *[]float64) func() error {
	return func() error {
		return d.array(func() error {
			sum := 0.0
			err := d.array(func() error {
				var v float64
				err := d.number(&v)()
				sum += v
				return err
			})
			if err != nil {
				return err
			}
			return appendTo(to, sum)
		})
	}
}

// filled takes a list of texts, of each of which it keeps whether there is any.
func (d *document) filled(to *[]bool) func() error {
	return func() error {
		return d.array(func() error {
			raw := d.Peek()
			text := ""
			if raw == '"' {
				value, err := d.Raw(maxError)
				if err != nil {
					return err
				}
				text = strings.Trim(string(value), `"`)
			} else if err := d.Skip(); err != nil {
				return err
			}
			if len(*to) == MaxRequests {
				return errTooMany
			}
			*to = append(*to, text != "")
			return nil
		})
	}
}

// maxError is the longest message of an error that is read, in bytes.
const maxError = 1 << 20

var errTooMany = errors.New("more requests than are held in memory")

func appendTo(to *[]float64, v float64) error {
	if len(*to) == MaxRequests {
		return errTooMany
	}
	*to = append(*to, v)
	return nil
}

// at is an element of a list; NaN where it is too short.
func at(list []float64, i int) float64 {
	if i < len(list) {
		return list[i]
	}
	return math.NaN()
}

package workloads

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// MaxTokens is the largest token count that is believed.
const MaxTokens = 1_000_000_000

// mistake says what is wrong with a row.
type mistake struct{ column, wrong, right string }

// parseCount reads a token count: digits, on the way that every sound row takes.
func parseCount(field []byte) (int, bool) {
	if len(field) == 0 || len(field) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range field {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int(d)
	}
	return n, true
}

// thousands are whole numbers as spreadsheets show them: 1,024.
var thousands = regexp.MustCompile(`^[1-9][0-9]{0,2}(,[0-9]{3})+$`)

// careful reads a token count that parseCount did not take: it may be padded, or a whole number written as
// 12.0, or wrong.
func careful(field []byte, column string) (int, *mistake) {
	const right = "use a whole number of tokens"
	text := string(bytes.TrimSpace(field))
	if text == "" {
		return 0, &mistake{column, "is empty", right}
	}
	if thousands.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	number, err := strconv.ParseFloat(text, 64)
	switch {
	case math.IsNaN(number) || math.IsInf(number, 0) && err == nil:
		return 0, &mistake{column, fmt.Sprintf("%q is not a finite number", text), right}
	case err != nil && !math.IsInf(number, 0):
		return 0, &mistake{column, fmt.Sprintf("%.40q is not a number", text), right}
	case number < 0:
		return 0, &mistake{column, fmt.Sprintf("%.40s is negative", text), right}
	case number != math.Trunc(number):
		return 0, &mistake{column, fmt.Sprintf("%.40s is not whole", text), right}
	case number > MaxTokens:
		return 0, &mistake{column, fmt.Sprintf("%.40s is not a believable number of tokens", text), fmt.Sprintf("use at most %d", MaxTokens)}
	}
	return int(number), nil
}

// signed reads a whole number that may be negative, of 32 bits.
func signed(field []byte, column string) (int, *mistake) {
	text := string(bytes.TrimSpace(field))
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, &mistake{column, fmt.Sprintf("%.40q is no whole number of 32 bits", text), "use one, such as 0, 1 or -1"}
	}
	return int(n), nil
}

// decimal is a number of at least 0 as whole + part/10^12.
type decimal struct{ whole, part uint64 }

const decimalParts = 1_000_000_000_000

// parseDecimal reads digits with an optional fraction, exactly to twelve places.
func parseDecimal(field []byte) (decimal, bool) {
	var d decimal
	i := 0
	for ; i < len(field) && field[i]-'0' <= 9; i++ {
		d.whole = d.whole*10 + uint64(field[i]-'0')
	}
	if i == 0 || i > 19 {
		return d, false
	}
	if i == len(field) {
		return d, true
	}
	if field[i] != '.' || i+1 == len(field) {
		return d, false
	}
	scale := uint64(decimalParts)
	for i++; i < len(field); i++ {
		digit := field[i] - '0'
		if digit > 9 {
			return d, false
		}
		scale /= 10
		d.part += scale * uint64(digit) // beyond twelve places scale is 0
	}
	return d, true
}

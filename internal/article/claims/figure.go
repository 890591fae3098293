package claims

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
)

// Figure is a number as it is written.
type Figure struct {
	Value float64
	// HalfDigit is half a unit of the last digit written: what rounding may have hidden.
	HalfDigit float64
}

var digits = regexp.MustCompile(`\d[\d,]*(\.\d+)?|\.\d+`)

// Read is the first number in a text: "~200B" is 200, "8,200 tok/s" is 8200.
func Read(text string) (Figure, error) {
	found := strings.TrimRight(digits.FindString(text), ",")
	if found == "" {
		return Figure{}, fmt.Errorf("no number in %q", text)
	}
	plain := strings.ReplaceAll(found, ",", "")
	value, err := strconv.ParseFloat(plain, 64)
	if err != nil {
		return Figure{}, err
	}
	_, fraction, _ := strings.Cut(plain, ".")
	return Figure{Value: value, HalfDigit: 0.5 * math.Pow10(-len(fraction))}, nil
}

// unit is how a quantity in base units (bytes, seconds, tokens, shares) is written.
type unit struct {
	scale  float64
	suffix string
}

// unitsByName are those that claims use. Contexts count K in 1,024 tokens, vocabularies and characters k in
// 1,000.
var unitsByName = map[string]unit{
	"":         {1, ""},
	"bytes":    {1, " bytes"},
	"KB":       {1e3, " KB"},
	"KiB":      {1 << 10, " KiB"},
	"MB":       {1e6, " MB"},
	"MiB":      {1 << 20, " MiB"},
	"GB":       {1e9, " GB"},
	"GiB":      {1 << 30, " GiB"},
	"B":        {1e9, "B"},
	"T":        {1e12, "T"},
	"M":        {1e6, "M"},
	"Mi":       {1 << 20, "M"},
	"K":        {1 << 10, "K"},
	"k":        {1e3, "K"},
	"x":        {1, "x"},
	"%":        {0.01, "%"},
	"ms":       {1e-3, " ms"},
	"s":        {1, " s"},
	"min":      {60, " min"},
	"h":        {3600, " h"},
	"tok/s":    {1, " tok/s"},
	"tokens/s": {1, " tok/s"},
	"tokens":   {1, " tokens"},
	"GPUs":     {1, " GPUs"},
	"layers":   {1, " layers"},
	"users":    {1, " sequences"},
	"TFLOP/s":  {1e12, " TFLOP/s"},
	"FLOPs":    {1, " FLOPs"},
}

// counted are the units with a plural.
var counted = []string{"bytes", "tokens", "GPUs", "layers", "users"}

func knownUnit(name string) bool { _, ok := unitsByName[name]; return ok }

// unknownUnit is an error with the units that there are.
func unknownUnit(name string) error {
	known := slices.Sorted(maps.Keys(unitsByName))[1:] // without that of bare numbers
	return fmt.Errorf("unknown unit %q; use one of %s, or leave it out", name, strings.Join(known, ", "))
}

// Base is a figure in base units.
func (f Figure) Base(unit string) Figure {
	scale := unitsByName[unit].scale
	return Figure{Value: f.Value * scale, HalfDigit: f.HalfDigit * scale}
}

// In is a quantity of base units in a unit.
func In(value float64, unit string) float64 { return value / unitsByName[unit].scale }

// Write is a quantity in base units as the article would write it in a unit: thousands separators, four
// significant digits.
func Write(value float64, unit string) string {
	number, suffix := Number(In(value, unit)), unitsByName[unit].suffix
	if number == "1" && slices.Contains(counted, unit) {
		suffix = strings.TrimSuffix(suffix, "s")
	}
	return number + suffix
}

// Number writes four significant digits, whole from a thousand, with thousands separators, and powers of ten
// from 1e15.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e15:
		return strconv.FormatFloat(v, 'e', 2, 64)
	case a >= 1000:
		return units.Thousands(strconv.FormatFloat(v, 'f', 0, 64))
	default:
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
}

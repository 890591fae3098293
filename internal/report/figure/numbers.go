package figure

import (
	"math"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
)

// Value writes a number with three or four significant digits and thousands separators: 0.0412, 0.140, 8.31,
// 412, 19,366; a whole number as it is.
func Value(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1000 || v == math.Trunc(v):
		return Grouped(v)
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case a >= 0.1:
		return strconv.FormatFloat(v, 'f', 3, 64)
	default:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
}

// Grouped is a whole number with thousands separators.
func Grouped(v float64) string { return units.Thousands(strconv.FormatFloat(v, 'f', 0, 64)) }

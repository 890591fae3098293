package arch

import (
	"fmt"
	"math"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
)

// Largest values that are taken as meant. They keep every count finite and every index in range.
const (
	maxDimension = 1 << 24 // widths, heads, experts, vocabulary
	maxLayers    = 1 << 13
	maxContext   = 1 << 31
	maxParams    = 1e15
)

// first is the first error of several checks.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// dimension checks a size that must be there.
func dimension(key string, value int) error { return between(key, value, 1, maxDimension) }

// optional checks a size that may be 0 for "none".
func optional(key string, value int) error { return between(key, value, 0, maxDimension) }

// countable checks a number of parameters: 0 for none.
func countable(key string, n float64) error {
	if !(n >= 0 && n <= maxParams) || n != math.Trunc(n) {
		return &fault.Error{Key: key, Wrong: fmt.Sprintf("is %g", n),
			Right: fmt.Sprintf("must be a whole number from 0 to %g", float64(maxParams))}
	}
	return nil
}

func between(key string, value, low, high int) error {
	if value < low || value > high {
		return &fault.Error{Key: key, Wrong: fmt.Sprintf("is %d", value), Right: fmt.Sprintf("must be from %d to %d", low, high)}
	}
	return nil
}

// multiple checks that value is a multiple of part.
func multiple(key string, value int, ofKey string, part int) error {
	if part > 0 && value%part != 0 {
		return &fault.Error{Key: ofKey, Wrong: fmt.Sprintf("%d does not divide %s = %d", part, key, value), Right: "must divide it"}
	}
	return nil
}

// oneOf checks an enumerated field.
func oneOf(key, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return &fault.Error{Key: key, Wrong: fmt.Sprintf("is %q", value), Right: "must be one of " + strings.Join(allowed, ", ")}
}

// divisible checks that ranks divide a field evenly.
func divisible(key string, value, ranks int, kind string) error {
	if ranks < 1 || value%ranks != 0 {
		return &fault.Error{Key: key, Wrong: fmt.Sprintf("%d cannot be divided over %d %s ranks", value, ranks, kind)}
	}
	return nil
}

const (
	tensorParallel = "tensor-parallel"
	expertParallel = "expert-parallel"
	expertTensor   = "expert-tensor-parallel"
)

// replicable checks heads that ranks divide evenly or, where there are more ranks than heads, replicate
// evenly.
func replicable(key string, heads, ranks int) error {
	if heads < ranks {
		if ranks%heads == 0 {
			return nil
		}
		return &fault.Error{Key: key, Wrong: fmt.Sprintf("%d cannot be replicated evenly over %d %s ranks", heads, ranks, tensorParallel)}
	}
	return divisible(key, heads, ranks, tensorParallel)
}

// exclusive checks that at most one of two fields is set.
func exclusive(key string, value int, otherKey string, other int) error {
	if value != 0 && other != 0 {
		return &fault.Error{Key: key, Wrong: fmt.Sprintf("is set and so is %s", otherKey), Right: "leave one out"}
	}
	return nil
}

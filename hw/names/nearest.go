package names

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the name of known with the fewest single-letter edits from name, whatever the case; among equals, the one
// that shares the longer beginning with it, then the first. It is "" where known is empty.
func Nearest(name string, known []string) string {
	best, fewest, longest := "", -1, -1
	lower := strings.ToLower(name)
	for _, candidate := range known {
		other := strings.ToLower(candidate)
		edits, shared := levenshtein.ComputeDistance(lower, other), sharedPrefix(lower, other)
		if fewest < 0 || edits < fewest || edits == fewest && shared > longest {
			best, fewest, longest = candidate, edits, shared
		}
	}
	return best
}

// Suggest is the right half of an error about an unknown name: the nearest known one.
func Suggest(name string, known []string) string {
	if len(known) == 0 {
		return "none are known here"
	}
	return fmt.Sprintf("did you mean %q?", Nearest(name, known))
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

package names

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the name of known with the fewest single-letter edits from name, whatever the case; among
// equals, the one that shares the longer beginning with it, then the first. It is "" where nobody would take
// one for the other.
func Nearest(name string, known []string) string {
	best, fewest, longest := "", -1, -1
	lower := strings.ToLower(name)
	for _, candidate := range known {
		other := strings.ToLower(candidate)
		if !alike(lower, other) {
			continue
		}
		edits, shared := levenshtein.ComputeDistance(lower, other), sharedPrefix(lower, other)
		if fewest < 0 || edits < fewest || edits == fewest && shared > longest {
			best, fewest, longest = candidate, edits, shared
		}
	}
	return best
}

// leastShared is how many letters make one name's being a part of another more than chance.
const leastShared = 4

// alike tells whether one name may be meant by the other: a third of the longer one differs at most, or
// letters changed places, or one is a part of the other, or they begin alike for more than half of the
// shorter one.
func alike(a, b string) bool {
	shorter, longer := len(a), len(b)
	if shorter > longer {
		shorter, longer = longer, shorter
	}
	edits := levenshtein.ComputeDistance(a, b)
	if edits <= (longer+2)/3 && edits < shorter || a == b || edits == 2 && sameLetters(a, b) {
		return true
	}
	if shorter < leastShared {
		return false
	}
	return strings.Contains(a, b) || strings.Contains(b, a) || sharedPrefix(a, b) >= leastShared &&
		2*sharedPrefix(a, b) > shorter
}

func sameLetters(a, b string) bool {
	left, right := []byte(a), []byte(b)
	slices.Sort(left)
	slices.Sort(right)
	return slices.Equal(left, right)
}

// mostListed is how many names an error lists.
const mostListed = 16

// Suggest is the right half of an error about an unknown name: the nearest known one, or all where none is
// near.
func Suggest(name string, known []string) string {
	switch nearest := Nearest(name, known); {
	case len(known) == 0:
		return "none are known here"
	case nearest != "":
		return fmt.Sprintf("did you mean %q?", nearest)
	case len(known) == 1:
		return fmt.Sprintf("use %q", known[0])
	case len(known) <= mostListed:
		return "use one of " + strings.Join(known, ", ")
	default:
		return fmt.Sprintf("use one of the %d known ones, such as %s", len(known), strings.Join(known[:3], ", "))
	}
}

// SuggestOf is Suggest for a catalogue that a command lists.
func SuggestOf(name string, known []string, command string) string {
	if nearest := Nearest(name, known); nearest != "" {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	return command + " shows those that are known"
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

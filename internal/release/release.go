package release

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

// named is a release: numbers, and where it is not the final one, which.
var named = regexp.MustCompile(`^v?([0-9]{1,4}(?:\.[0-9]{1,4}){1,3})(?:[.-]?(dev|a|b|rc|post)([0-9]{0,6}))?([.+-][0-9a-z.+-]*)?$`)

// stages are what comes before a release and after it, in order; the release itself is at 0.
var stages = map[string]int{"dev": -4, "a": -3, "b": -2, "rc": -1, "": 0, "post": 1}

// Is tells whether a word names a release: 0.14, 0.5.6.post2, 1.3.0rc20, 0.11.0rc2.dev12+g1. Words such as
// "nightly" or "gpt-oss-dev" do not. What follows a dot, a plus or a hyphen at its end is a build of it.
func Is(word string) bool { return named.MatchString(word) }

// Compare is below 0 where release a is older than b, above 0 where it is newer, and 0 where they are the
// same. A word that names no release is newer than all that do: it stands for a build of the newest source.
func Compare(a, b string) int {
	x, y := named.FindStringSubmatch(a), named.FindStringSubmatch(b)
	if x == nil || y == nil {
		return order(x == nil) - order(y == nil)
	}
	one, two := strings.Split(x[1], "."), strings.Split(y[1], ".")
	for i := range max(len(one), len(two)) {
		if c := number(one, i) - number(two, i); c != 0 {
			return c
		}
	}
	return cmp.Or(stages[x[2]]-stages[y[2]], digits(x[3])-digits(y[3]))
}

// Has tells whether a release has what came with another: it is that one or newer, or a candidate of it,
// which is cut from the same source.
func Has(version, since string) bool {
	candidate := named.FindStringSubmatch(version)
	if candidate != nil && candidate[2] != "" && stages[candidate[2]] > stages["dev"] && stages[candidate[2]] < 0 {
		return Compare(candidate[1], since) >= 0
	}
	return Compare(version, since) >= 0
}

// Nearer tells whether release a is nearer to the one asked for than b is, both being others: by the first
// number in which they differ from it, and there by how far. Of two that are as far, the older is nearer,
// since what changed after it may not have changed yet; an unknown word is nearest to the newest.
func Nearer(a, b, asked string) bool {
	x, far := distance(a, asked)
	y, further := distance(b, asked)
	switch {
	case x != y:
		return x > y
	case far != further:
		return far < further
	}
	newer, older := Compare(a, asked) > 0, Compare(b, asked) > 0
	if newer != older {
		return older
	}
	return (Compare(a, b) < 0) == newer
}

// distance is the place of the first number in which two releases differ, and by how much.
func distance(a, b string) (place, by int) {
	x, y := named.FindStringSubmatch(a), named.FindStringSubmatch(b)
	if x == nil || y == nil {
		return 0, 0
	}
	one, two := strings.Split(x[1], "."), strings.Split(y[1], ".")
	n := max(len(one), len(two))
	for i := range n {
		if d := number(one, i) - number(two, i); d != 0 {
			return i, max(d, -d)
		}
	}
	return n, 0
}

func order(newest bool) int {
	if newest {
		return 1
	}
	return 0
}

// number is a release's i-th number; 0 where it has fewer.
func number(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	return digits(parts[i])
}

// digits reads at most six of them; 0 where there are none.
func digits(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

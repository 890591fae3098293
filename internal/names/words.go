package names

import (
	"slices"
	"strings"
	"unicode"
)

// Words parts a name at what is neither letter nor digit, and before capitals that follow small letters.
func Words(name string) []string {
	var parted strings.Builder
	small := false
	for _, c := range name {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			c = ' '
		case unicode.IsUpper(c) && small:
			parted.WriteByte(' ')
		}
		small = unicode.IsLower(c)
		parted.WriteRune(unicode.ToLower(c))
	}
	return strings.Fields(parted.String())
}

// unitWords are the words at the end of a name that say its unit of time.
var unitWords = map[string]string{"s": "s", "sec": "s", "secs": "s", "seconds": "s", "ms": "ms", "msec": "ms",
	"millis": "ms", "milliseconds": "ms", "us": "us", "usec": "us", "micros": "us", "microseconds": "us", "ns": "ns",
	"nsec": "ns", "nanos": "ns", "nanoseconds": "ns"}

// Plain is a name without what parts its words, and the unit of time that it ends in.
func Plain(name string) (joined, unit string) {
	list := Words(name)
	if n := len(list); n > 1 && unitWords[list[n-1]] != "" {
		return strings.Join(list[:n-1], ""), unitWords[list[n-1]]
	}
	return strings.Join(list, ""), ""
}

// Usual finds the likeliest of some usual names, the likelier first, among the ends of a path of names, from
// the outer to the inner: how far back it stands, and the unit of time that the path ends in; -1 where it is
// none.
func Usual(path []string, usual []string) (at int, unit string) {
	at = -1
	for from := range path {
		joined, ends := Plain(strings.Join(path[from:], " "))
		if i := slices.Index(usual, joined); i >= 0 && (at < 0 || i < at) {
			at, unit = i, ends
		}
	}
	return at, unit
}

// CountsCalls tells whether a name says how many calls its record stands for.
func CountsCalls(name string) bool {
	joined, _ := Plain(name)
	return slices.Contains([]string{"nummodelrequests", "numrequests", "requestcount", "nrequests", "requests", "totalrequests",
		"numcalls", "callcount", "calls", "apirequests", "requestscount", "successfulrequests", "numprompts"}, joined)
}

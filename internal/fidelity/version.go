package fidelity

import (
	"regexp"
	"strconv"
)

// released is how engines name their releases: 0.18.0, 0.5.1.post1, 1.0.0rc3.
var released = regexp.MustCompile(`^([0-9]{1,4})\.([0-9]{1,4})(?:[.+a-z-][0-9a-z.+-]*)?$`)

// before tells whether a version is older than major.minor. Rows without a version are older than those that
// began to state it; a word that is no release stands for a build of the newest source.
func before(version string, major, minor int) bool {
	parts := released.FindStringSubmatch(version)
	if parts == nil {
		return version == ""
	}
	a, _ := strconv.Atoi(parts[1]) // four digits at most
	b, _ := strconv.Atoi(parts[2])
	return a < major || a == major && b < minor
}

package workloads

import (
	"bytes"

	"github.com/roofserve/roofserve/internal/hash"
)

// session is a number for a session's name, of whatever characters; 0 where there is none.
func session(name []byte) uint64 {
	if name = bytes.TrimSpace(name); len(name) == 0 {
		return 0
	}
	return max(1, hash.Name(name))
}

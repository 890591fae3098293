package units

import "golang.org/x/exp/constraints"

// CeilDiv is a/b rounded up, for a of at least 0 and b of at least 1: blocks that hold a tokens, tiles that
// cover a rows.
func CeilDiv[T constraints.Integer](a, b T) T { return (a + b - 1) / b }

package hash

// Golden is 2^64 over the golden ratio: multiples of it are spread evenly (Fibonacci hashing, D. Knuth, The
// Art of Computer Programming, volume 3, section 6.4).
const Golden = 0x9e3779b97f4a7c15

// Name is a number for a text, FNV-1a of 64 bits. Names that differ little have numbers whose high bits do.
func Name[T ~string | ~[]byte](text T) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 0x100000001b3
	}
	return h
}

// Scramble spreads a number's bits over all of it, each number to another one: the finaliser of MurmurHash3
// (A. Appleby, public domain).
func Scramble(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

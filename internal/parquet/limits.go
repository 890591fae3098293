package parquet

import "fmt"

// What a file may ask for. The figures of real files are those that their writers take by default.
const (
	maxFooter   = 64 << 20 // bytes; a thousand row groups of a hundred columns take about a tenth
	maxElements = 4096     // of a schema; tables of traces have tens
	maxDepth    = 64       // of a schema; chats have four
	maxName     = 4 << 10  // bytes of a column's name
	maxChunks   = 1 << 20  // columns times row groups
	maxPage     = 64 << 20 // bytes, before and after compression; writers cut at one megabyte
	maxValues   = 64 << 20 // of a page; Arrow cut row groups at as many, before it cut them at one million
	leastHeld   = 64 << 20 // bytes of pages that all columns hold at once, of a small file and of a large one
	mostHeld    = 256 << 20
	leastRow    = 1 << 20 // bytes of a row as JSON that a small file may have
	maxNesting  = 32      // of a Thrift structure; a footer has seven
	maxBlock    = 1 << 16 // values of a block of DELTA_BINARY_PACKED; writers take 128
)

// share is how much a file may ask for: a small one little, so that compression and runs alone make no
// gigabytes. In real files one byte stands for tens where there are many.
func share(least int, file int64, most int) int {
	const each = 64
	return int(min(int64(least)+each*min(file, int64(most)), int64(most)))
}

// held counts the bytes of pages and dictionaries that all columns hold at once, and how many they may.
type held struct{ bytes, most int }

func newHeld(file int64) *held { return &held{most: share(leastHeld, file, mostHeld)} }

// grow is a buffer of n bytes, in the memory of another where that is enough.
func (h *held) grow(buffer []byte, n int) ([]byte, error) {
	if n > maxPage {
		return nil, fmt.Errorf("has a page of %d bytes; at most %d are read", n, maxPage)
	}
	if n <= cap(buffer) {
		return buffer[:n], nil
	}
	next := min(max(n, 2*cap(buffer)), maxPage)
	if err := h.take(next - cap(buffer)); err != nil {
		return nil, err
	}
	return make([]byte, n, next), nil
}

// growStarts is the same for where the values of a dictionary begin.
func (h *held) growStarts(buffer []uint32, n int) ([]uint32, error) {
	if n <= cap(buffer) {
		return buffer[:n], nil
	}
	next := max(n, 2*cap(buffer))
	if err := h.take(4 * (next - cap(buffer))); err != nil {
		return nil, err
	}
	return make([]uint32, n, next), nil
}

func (h *held) take(bytes int) error {
	if h.bytes += bytes; h.bytes > h.most {
		return fmt.Errorf("has pages of more than %d bytes beside each other", h.most)
	}
	return nil
}

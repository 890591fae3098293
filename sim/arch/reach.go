package arch

import "fmt"

// ReachKind names how the keys that a query sees grow with its context.
type ReachKind uint8

// Kinds of reach.
const (
	Full   ReachKind = iota // every earlier token
	Window                  // the last Size tokens (sliding window)
	TopK                    // the Size tokens that an indexer chose (DeepSeek sparse attention)
	Chunk                   // the tokens since the last multiple of Size (Llama-4's chunked attention)
)

// Reach tells how many keys a query sees at a given context. Reaches that are a fixed share of the full
// context (a stride of 16, say) are Full here; the operator carries the share.
type Reach struct {
	Kind ReachKind
	Size int // tokens; 0 for Full
}

// String is for people.
func (r Reach) String() string {
	switch r.Kind {
	case Window:
		return fmt.Sprintf("window %d", r.Size)
	case TopK:
		return fmt.Sprintf("top %d", r.Size)
	case Chunk:
		return fmt.Sprintf("chunk %d", r.Size)
	default:
		return "full"
	}
}

// Keys is the number of keys that the query at a context of s tokens, itself included, sees.
func (r Reach) Keys(s int) int {
	switch r.Kind {
	case Window, TopK:
		return min(s, r.Size)
	case Chunk:
		return (s-1)%r.Size + 1
	default:
		return s
	}
}

// Pairs is the number of query-key pairs of n new tokens after cached ones: the sum of
// Keys(cached+1…cached+n).
func (r Reach) Pairs(cached, n int) int64 {
	if r.Kind == Full {
		return int64(n) * int64(2*cached+n+1) / 2
	}
	return r.upTo(cached+n) - r.upTo(cached)
}

// Span is the number of distinct keys that n new tokens after cached ones read, the new ones included; for
// TopK, whose queries each choose their own keys, it is the number to choose from.
func (r Reach) Span(cached, n int) int64 {
	switch r.Kind {
	case Window:
		return int64(n + min(cached, r.Size-1))
	case Chunk:
		return int64(n + cached%r.Size)
	default:
		return int64(cached + n)
	}
}

// upTo is the sum of Keys over contexts 1…s.
func (r Reach) upTo(s int) int64 {
	n := int64(s)
	switch size := int64(r.Size); {
	case (r.Kind == Window || r.Kind == TopK) && n > size:
		return triangle(size) + (n-size)*size
	case r.Kind == Chunk:
		return n/size*triangle(size) + triangle(n%size)
	default:
		return triangle(n)
	}
}

func triangle(n int64) int64 { return n * (n + 1) / 2 }

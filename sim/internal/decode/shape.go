package decode

import (
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/kv"
)

// Shape is what the engine must know of a model to follow its decoding sequences as a whole: how many keys a
// token sees and how many blocks a context holds, and at which contexts either changes its rate of growth.
type Shape struct {
	Reaches []arch.Reach // the first is the whole context
	limited []limited    // the others
	Layout  kv.Layout
	turns   []turn
	plain   bool                 // nothing is limited and nothing turns
	Verify  *drafts.Verification // nil where a step gives a token
}

// limited is a reach that stops short of the whole context, and its place among the model's.
type limited struct {
	arch.Reach
	index int
}

// turn is a context, in known tokens, at which a sequence's sums begin to grow more slowly.
type turn struct {
	context int
	reach   int   // whose keys stop growing, or none
	blocks  int64 // by which each further block of context is cheaper
}

// none is no reach.
const none = -1

// NewVerifyingShape is NewShape where steps verify drafts.
func NewVerifyingShape(reaches []arch.Reach, layout kv.Layout, v *drafts.Verification) *Shape {
	s := NewShape(reaches, layout)
	if v != nil {
		s.Verify, s.plain = v, false
	}
	return s
}

// NewShape is the shape of a model with these reaches, whose cache has this layout.
func NewShape(reaches []arch.Reach, layout kv.Layout) *Shape {
	s := &Shape{Reaches: reaches, Layout: layout}
	for i, r := range reaches {
		if r.Kind != arch.Full {
			s.limited = append(s.limited, limited{r, i})
		}
		if r.Kind == arch.Window || r.Kind == arch.TopK {
			s.turns = append(s.turns, turn{context: r.Size, reach: i})
		}
	}
	for _, w := range layout.Windows {
		s.turns = append(s.turns, turn{context: s.saturation(w), reach: none, blocks: int64(w.Blocks)})
	}
	s.plain = len(s.limited)+len(s.turns) == 0
	return s
}

// saturation is the smallest number of known tokens of a decoding sequence, all but one of them computed,
// whose next blocks take nothing from a group of windowed layers any more.
func (s *Shape) saturation(w kv.WindowGroup) int {
	return s.Layout.BlockTokens*(s.Layout.WindowBlocks(w)-1) + 2
}

// blockWeight is the number of pool blocks that a decoding sequence of known tokens takes at its next block
// boundary.
func (s *Shape) blockWeight(known int) int64 {
	weight := int64(s.Layout.Full)
	for _, w := range s.Layout.Windows {
		if known < s.saturation(w) {
			weight += int64(w.Blocks)
		}
	}
	return weight
}

package kernels

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

// The core of a step reads each key once for all heads of its key head, works for at least a tile of heads,
// and chooses once, however many the sequences; the indexer reads its keys. idealDevice moves 1e9 bytes a
// second and multiplies 1e12 times.
func TestSelectedStepByHand(t *testing.T) {
	l, d := ideal().Compressed.Step, idealDevice()
	s := SelectedShape{Sequences: 8, Heads: 16, KeyHeads: 2, Values: 256, KeyBytes: 600}
	fixed, perKey := l.Core(d, s)
	same(t, "a key's bytes, and arithmetic beside", perKey, float64(Overlap(600/1e9, 2*16*256/1e12, coreSerial)))
	if fixed != 0 {
		t.Errorf("%v without keys", fixed)
	}
	l.Tile = 64
	_, perKey = l.Core(tireless(), s)
	same(t, "bytes alone", perKey, 600/1e9)
	_, perKey = l.Core(endless(), s)
	same(t, "a tile of 64 heads for each key head", perKey, 2*64*2*256/1e12)
	l.Choice, s.Chosen = 1e-3, 500
	_, chosen := l.Core(endless(), s)
	same(t, "500 keys of 8 sequences are one choice", (chosen-perKey)*500*8, 1e-3)
	l.Fixed, l.Row, l.IndexFixed, l.IndexRow = 0.5, 1e-3, 0.25, 2e-3
	fixed, _ = l.Core(d, s)
	same(t, "fixed and a row for each sequence", fixed, 0.5+8*1e-3/4)
	fixed, perKey = l.Index(d, s)
	same(t, "of the indexer", fixed, 0.25+8*2e-3/4)
	same(t, "its keys", perKey, 600/1e9)
	if fixed, perKey = l.Core(d, SelectedShape{}); fixed+perKey != 0 {
		t.Errorf("nothing takes %v s", fixed+perKey)
	}
	if fixed, perKey = l.Index(d, SelectedShape{}); fixed+perKey != 0 {
		t.Errorf("nothing takes the indexer %v s", fixed+perKey)
	}
}

func TestSelectedChunksByHand(t *testing.T) {
	l, d := ideal().Blocks.Wide.Many, idealDevice()
	s := SelectedShape{Sequences: 1, Tokens: 100, Pairs: 100 * 500, Heads: 16, KeyHeads: 2, Values: 256}
	same(t, "arithmetic", l.Core(d, s), 2*16*256*100*500/1e12)
	same(t, "of the indexer", l.Index(d, s), 2*16*256*100*500/1e12)
	l.Tile = 16
	same(t, "16 heads for each key head", l.Core(d, s), 2*32*256*100*500/1e12)
	l.Fixed, l.Token, l.IndexFixed, l.IndexRow = 0.5, 1e-3, 0.25, 2e-3
	s.Pairs = 0
	same(t, "fixed and tokens", l.Core(d, s), 0.5+100*1e-3/4)
	same(t, "and of the indexer", l.Index(d, s), 0.25+100*2e-3/4)
	if got := l.Core(d, SelectedShape{}); got != 0 {
		t.Errorf("nothing takes %v s", got)
	}
}

func TestBlocksByTheCachesFormat(t *testing.T) {
	s := Default()
	if s.Blocks.Of(units.BF16) != &s.Blocks.Wide || s.Blocks.Of(units.FP8) != &s.Blocks.Narrow {
		t.Error("a cache of 16 bits has the wide laws, one of 8 bits the narrow ones")
	}
}

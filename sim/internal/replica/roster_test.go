package replica

import (
	"math"
	"testing"
	"unsafe"
)

// Serial numbers start anew after the largest, without the 0 of those that do not run.
func TestSerialNumbersStartAnew(t *testing.T) {
	r := roster{serial: math.MaxUint32 - 1}
	for range 3 {
		id, s := r.enrol(&Request{})
		r.run(id, s)
	}
	a, b, c := r.all[0].serial, r.all[1].serial, r.all[2].serial
	if a != math.MaxUint32 || b != 1 || c != 2 {
		t.Errorf("serial numbers %d, %d, %d; want %d, 1, 2", a, b, c, uint32(math.MaxUint32))
	}
	if a.than(b) >= 0 || b.than(c) >= 0 || c.than(a) <= 0 {
		t.Error("one that was admitted before another is not before it")
	}
	if got := r.latest(); got != 2 {
		t.Errorf("the latest is %d, want 2", got)
	}
}

// Policies that look at every sequence wait for memory.
func TestSequenceFillsTwoLinesOfCache(t *testing.T) {
	if n := unsafe.Sizeof(Sequence{}); n != 128 {
		t.Errorf("a sequence takes %d bytes, want 128", n)
	}
}

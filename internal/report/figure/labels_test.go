package figure

import (
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

// A placed label lies in its frame, clear of its own point and of all that was there before.
func TestPlacedLabelsAreClear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frame := vg.Rectangle{Max: vg.Point{X: 400, Y: 300}}
		length := func(name string, most float64) vg.Length {
			return vg.Length(rapid.Float64Range(0, most).Draw(t, name))
		}
		var taken []vg.Rectangle
		for range rapid.IntRange(1, 20).Draw(t, "labels") {
			at := vg.Point{X: length("x", 400), Y: length("y", 300)}
			taken = append(taken, around(at, 4, 4))
			box, ok := place(at, 4, vg.Point{X: 10 + length("width", 40), Y: 6}, taken, frame)
			if !ok {
				continue
			}
			if !inside(box, frame) || !free(box, taken) {
				t.Fatalf("%v among %v", box, taken)
			}
			taken = append(taken, box)
		}
	})
}

func TestAFullPanelLeavesALabelOut(t *testing.T) {
	frame := vg.Rectangle{Max: vg.Point{X: 50, Y: 20}}
	if box, ok := place(vg.Point{X: 25, Y: 10}, 4, vg.Point{X: 30, Y: 6}, nil, frame); ok {
		t.Errorf("placed at %v", box)
	}
}

func TestNamesOfNeighbouringLinesStandSideBySide(t *testing.T) {
	size := vg.Point{X: 60, Y: 10}
	first := above(vg.Point{X: 400, Y: 100}, size, nil)
	second := above(vg.Point{X: 400, Y: 104}, size, []vg.Rectangle{first})
	if first.Max.X != 400 || !free(second, []vg.Rectangle{first}) || second.Min.Y != 105 {
		t.Errorf("%v and %v", first, second)
	}
}

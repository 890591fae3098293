package arch

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// weightBlock is the side of the square of weights that shares a scale in units.FP8Block: weight_block_size
// of DeepSeek-V3's config.json, and of the fp8 checkpoints made after it.
const weightBlock = 128

// CheckScaleBlocks reports a width of which a rank's slice ends within a block of scales. vLLM and SGLang
// refuse to load such a plan (Fp8MoEMethod and Fp8LinearMethod: "not divisible by weight quantization
// block_n"), and TensorRT-LLM has no kernel for it. Heads are not looked at: those of fp8 checkpoints are
// 128 wide or more.
func (m *Model) CheckScaleBlocks(s Split, p *Precision) error {
	for _, b := range m.Stack {
		if b.FFN == nil {
			continue
		}
		names := strings.Split(b.FFNName, "+")
		for i, part := range Members(b.FFN) {
			for _, w := range slicedWidths(part, s) {
				if p.Weights(w.group) == units.FP8Block && w.ranks > 1 && w.width/w.ranks%weightBlock != 0 {
					return &fault.Error{Key: names[i] + "." + w.key,
						Wrong: fmt.Sprintf("%d over %d ranks is %d, but its fp8 scales stand for blocks of %d and no engine cuts one",
							w.width, w.ranks, w.width/w.ranks, weightBlock)}
				}
			}
		}
	}
	return nil
}

// sliced is a width that ranks divide.
type sliced struct {
	key          string
	width, ranks int
	group        Group
}

// slicedWidths lists the widths of a feed-forward part that a split divides.
func slicedWidths(f Part, s Split) []sliced {
	switch f := f.(type) {
	case *Dense:
		return []sliced{{"width", f.Width, s.TP, GroupDense}}
	case *MoE:
		return []sliced{{"width", f.Width, s.ExpertTP, GroupExperts}, {"shared_width", f.SharedWidth, s.TP, GroupDense}}
	default:
		return nil
	}
}

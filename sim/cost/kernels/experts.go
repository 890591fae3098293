package kernels

import (
	"math"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// ExpertsShape is the routed part of an MoE layer: Tokens in the layer choose TopK of Experts experts, which
// Ranks ranks share; each rank runs its own through gate/up, activation and down.
type ExpertsShape struct {
	Tokens               int
	Hidden, Inter        int // Inter is an expert's width on one rank
	TopK, Experts, Ranks int
	Shared               int // experts of the same shape that every token passes besides
	Gated                bool
	Weights, Activations units.Format
	Routing              Routing // nil is Uniform
	Delivery             Delivery
	Here                 int // of the tokens, those that a rank was given; 0: all
}

// Delivery is how tokens come to the ranks that hold their experts.
type Delivery uint8

// Deliveries.
const (
	Gathered Delivery = iota // every rank has every token
	Sent                     // each rank has those that chose its experts, sorted
	SentFew                  // each expert has room for all that may choose it
)

// Experts are the laws of fused expert layers, one for each way to multiply, and of DeepGEMM's grouped
// multiplications in fp8 by blocks, which follow an exchange of tokens.
type Experts struct {
	BF16, FP8, FP8Block, NVFP4, Weight4, MXFP4 ExpertsLaw
	Sorted, Masked                             ExpertsLaw
}

// ExpertsLaw is the law of one way to run a fused expert layer. A grouped GEMM reads the weights of every
// expert that a token chose and multiplies the tokens that chose it; its time is
//
//	Fixed + Own·(experts of the rank) + Overlap(weights, arithmetic) + activations + skipped
type ExpertsLaw struct {
	Discrepancy
	Fixed      units.Seconds // sorting tokens by expert, launches, the first and last wave
	Own        units.Seconds // that each of the rank's experts costs, chosen or not: kernels look for its tokens
	Efficiency float64       // of the tensor cores
	Rate       float64       // bytes of weights an SM takes in a second, widening included
	Serial     float64       // how badly weights and arithmetic overlap
	// Prologue is what starting a tile costs, in columns of its inner dimension: narrow experts (much tensor
	// parallelism) have short tiles.
	Prologue float64
	// Padding is how many rows of arithmetic each expert hit wastes on partly filled tiles, at most doubling its
	// own.
	Padding float64
	// Traffic is the bytes of activations an SM moves a second: gathering, quantising, activation function,
	// summing up.
	Traffic float64
	// Skipping is the same for the choices that belong to other ranks, which the kernels still walk over.
	Skipping float64

	aligned int // the multiple that mxfp4's outer width is padded to; 0: swizzle
}

// Parameters implements Law.
func (l *ExpertsLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 35e-6, 300e-6),
		{Name: "own", Unit: "s", Value: (*float64)(&l.Own), Default: 1e-9, Ideal: 0, Low: 1e-10, High: 2e-6},
		efficiency("efficiency", &l.Efficiency, 0.6),
		issueRate("rate", &l.Rate, 200e9),
		serialShare("serial", &l.Serial, 0.6),
		{Name: "prologue", Unit: "columns", Value: &l.Prologue, Default: 60, Ideal: 0, Low: 1, High: 600},
		{Name: "padding", Unit: "rows", Value: &l.Padding, Default: 15, Ideal: 0, Low: 0.5, High: 128},
		{Name: "traffic", Unit: "B/s", Value: &l.Traffic, Default: 60e9, Ideal: 1e15, Low: 1e9, High: 350e9},
		{Name: "skipping", Unit: "B/s", Value: &l.Skipping, Default: 16e9, Ideal: 1e15, Low: 1e9, High: 1e13},
		l.parameter(),
	}
}

// law chooses the law of a way to multiply. Weight-only kernels for 8-bit weights are those for 4-bit ones
// (Marlin); int8 multiplies as fp8 does, at its own peak.
func (e *Experts) law(s *ExpertsShape) *ExpertsLaw {
	weights := s.Weights.MeasuredAs()
	switch weights {
	case units.BF16, units.FP16, units.FP32:
		return &e.BF16
	case units.INT4, units.INT4G32:
		return &e.Weight4
	case units.MXFP4:
		return &e.MXFP4
	case units.NVFP4:
		if s.Activations != units.NVFP4 {
			return &e.MXFP4
		}
		return &e.NVFP4
	}
	if s.Activations == units.BF16 || s.Activations == units.FP16 {
		return &e.Weight4
	}
	switch {
	case weights != units.FP8Block:
		return &e.FP8
	case s.Delivery == Sent:
		return &e.Sorted
	case s.Delivery == SentFew:
		return &e.Masked
	}
	return &e.FP8Block
}

// marlinWidth is the multiple that vLLM pads the model's width to, so that Marlin can multiply mxfp4 weights
// (vllm/model_executor/layers/quantization/mxfp4.py).
const marlinWidth = 256

// ByMarlin lets the kernels that widen 4-bit weights while they multiply run experts in mxfp4 too.
func (e *Experts) ByMarlin() {
	e.MXFP4 = e.Weight4
	e.MXFP4.aligned = marlinWidth
}

// swizzle is the multiple that mxfp4 weights are padded to, so that they can be laid out for the tensor
// cores.
const swizzle = 128

// activationBytes is the size of an activation between kernels: bf16 in every engine measured.
const activationBytes = 2

// Time is the time of the layer on the rank that gets most tokens.
func (e *Experts) Time(d *hw.Device, s ExpertsShape) units.Seconds {
	if s.Tokens == 0 {
		return 0
	}
	routing := s.Routing
	if routing == nil {
		routing = Uniform{}
	}
	at := routing.Spread(s.Tokens, s.TopK, s.Experts, s.Ranks)
	at.Copies += float64(s.Tokens * s.Shared)
	at.Experts += float64(s.Shared)
	return e.law(&s).time(d, &s, at)
}

func (l *ExpertsLaw) time(d *hw.Device, s *ExpertsShape, at Spread) units.Seconds {
	hidden, inter := float64(s.Hidden), float64(s.Inter)
	if s.Weights == units.MXFP4 {
		wide := max(l.aligned, swizzle)
		hidden = float64(units.CeilDiv(s.Hidden, wide) * wide)
		inter = float64(units.CeilDiv(s.Inter, swizzle) * swizzle)
	}
	first := inter // width of the first multiplication
	if s.Gated {
		first = float64(2 * inter)
	}
	elements := float64(first*(hidden+l.Prologue)) + float64(hidden*(inter+l.Prologue)) // of an expert's weights
	rows := at.Copies + math.Min(float64(l.Padding*at.Experts), at.Copies)
	arithmetic := units.Seconds(2 * elements * rows / (float64(peak(d, s.Activations)) * l.Efficiency))
	weights := l.weights(d, s, elements*at.Experts)
	// Each copy is gathered, its intermediate written, activated and read again, and its output written and
	// summed up.
	copyValues := float64(3*hidden) + first + inter
	here := s.Tokens
	switch {
	case s.Delivery == SentFew: // copies alone come, each to its expert
		here = 0
	case s.Here > 0:
		here = s.Here
	}
	values := float64(at.Copies*copyValues) + float64(float64(here)*hidden)
	moved := Traffic(d, units.Bytes(values*activationBytes), l.Traffic)
	elsewhere := math.Max(float64(here*(s.TopK+s.Shared))-at.Copies, 0)
	skipped := float64(elsewhere*(float64(2*hidden)+first+inter)) * activationBytes
	own := units.Seconds(l.Own * units.Seconds(float64(s.Experts)/float64(max(1, s.Ranks))))
	t := l.Fixed + own + Overlap(weights, arithmetic, l.Serial) + moved +
		units.Seconds(skipped/(float64(d.SMs)*l.Skipping))
	return l.scaled(t)
}

// weights is the time to take in elements of weights. Those narrower than what they are multiplied with are
// widened by instructions first.
func (l *ExpertsLaw) weights(d *hw.Device, s *ExpertsShape, elements float64) units.Seconds {
	bytes := s.Weights.Bytes(elements)
	if bytes > 0.9*s.Activations.Bytes(elements) {
		return Traffic(d, bytes, l.Rate)
	}
	exposed := exposedInt4
	if s.Weights == units.MXFP4 || s.Weights == units.NVFP4 {
		exposed = exposedFP
	}
	return Widening(d, bytes, l.Rate, exposed)
}

// peak is the dense peak of a format's tensor cores, or bf16's where the device has none for it.
func peak(d *hw.Device, f units.Format) units.FLOPsPerSecond {
	if f == units.FP8Block {
		f = units.FP8
	}
	if p := d.Peak[f]; p > 0 {
		return p
	}
	return d.Peak[units.BF16]
}

// laws lists the laws under their names in calibration files.
func (e *Experts) laws() []Named {
	return []Named{
		{"experts.bf16", &e.BF16}, {"experts.fp8", &e.FP8}, {"experts.fp8-block", &e.FP8Block},
		{"experts.nvfp4", &e.NVFP4},
		{"experts.weight4", &e.Weight4}, {"experts.mxfp4", &e.MXFP4},
		{"experts.sorted", &e.Sorted}, {"experts.masked", &e.Masked},
	}
}

package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// RecurrenceShape is the linear-attention or state-space core of a layer for Sequences sequences with Tokens
// tokens in all.
type RecurrenceShape struct {
	Kind               string // "gdn", "kda", "mamba2", "mamba1"
	Sequences, Tokens  int
	KeyHeads, Heads    int // on the rank; a state belongs to each of Heads
	KeyDim, ValueDim   int // a state is KeyDim×ValueDim values
	ConvWidth, ConvDim int // taps and channels of the short convolution before it
}

// Recurrence are the laws of the gated delta rule, Kimi's delta attention and Mamba-2's scan. Mamba-1's scan
// is taken as Mamba-2's, whose kernel nobody published measurements of either: its step moves the same state,
// so that it takes the delta rule's typical values.
type Recurrence struct {
	GDN, KDA, Mamba2 RecurrenceLaws
}

// RecurrenceLaws are the laws of one kind of recurrence.
type RecurrenceLaws struct {
	Step     StepLaw     // one token of each sequence
	Scan     ScanLaw     // many tokens
	ConvStep StepLaw     // the convolution, one token of each sequence
	ConvScan ConvScanLaw // the convolution, many tokens
}

// StepLaw is the law of updating a state by one token: Fixed + the state read and written.
type StepLaw struct {
	Discrepancy
	Fixed units.Seconds
	Rate  float64 // bytes an SM moves a second
}

// Parameters implements Law.
func (l *StepLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 4e-6, 100e-6),
		issueRate("rate", &l.Rate, 200e9),
		l.parameter(),
	}
}

func (l *StepLaw) time(d *hw.Device, bytes float64) units.Seconds {
	return l.scaled(l.Fixed + Traffic(d, units.Bytes(bytes), l.Rate))
}

// ScanLaw is the law of running many tokens through a recurrence, in chunks: the chunks of a sequence wait
// for each other's state, the heads and sequences do not. Fixed + Overlap(work, wait), the work being
// updates, and states read and written as in a step.
type ScanLaw struct {
	Discrepancy
	Fixed  units.Seconds
	Update float64       // state values an SM updates by a token a second
	Wait   units.Seconds // of a token of one sequence, whatever else runs
	Serial float64       // how badly work and wait overlap
}

// Parameters implements Law.
func (l *ScanLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 20e-6, 200e-6),
		{Name: "update", Unit: "1/s", Value: &l.Update, Default: 200e9, Ideal: 1e16, Low: 1e9, High: 1e14},
		{Name: "wait", Unit: "s", Value: (*float64)(&l.Wait), Default: 25e-9, Ideal: 0, Low: 1e-11, High: 1e-5},
		serialShare("serial", &l.Serial, 0.3),
		l.parameter(),
	}
}

// scanChunk is the number of tokens of a chunk; the last one of a sequence is half full on average (chunk
// size 64 of flash-linear-attention's kernels, which all the measured ones derive from).
const scanChunk = 64

// ConvScanLaw is the law of the short convolution over many tokens: Fixed + Sequence·sequences·channels/1024
// + channels read and written.
type ConvScanLaw struct {
	Discrepancy
	Fixed    units.Seconds
	Sequence units.Seconds // of 1,024 channels of a sequence, where the kernel takes sequences one by one
	Rate     float64       // bytes an SM moves a second
}

// Parameters implements Law.
func (l *ConvScanLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 4e-6, 100e-6),
		fixedCost("sequence", (*float64)(&l.Sequence), 1e-7, 50e-6),
		issueRate("rate", &l.Rate, 50e9),
		l.parameter(),
	}
}

// stateBytes is the size of a state's value: every engine measured keeps float32 states.
const stateBytes = 4

// Decode is the time of one token of each sequence, with the convolution before it.
func (r *Recurrence) Decode(d *hw.Device, s RecurrenceShape) units.Seconds {
	if s.Sequences == 0 {
		return 0
	}
	return r.Step(d, s) + r.ConvStep(d, s)
}

// Prefill is the time of all tokens, with the convolution before them.
func (r *Recurrence) Prefill(d *hw.Device, s RecurrenceShape) units.Seconds {
	if s.Tokens == 0 {
		return 0
	}
	return r.Scan(d, s) + r.ConvScan(d, s)
}

// Step is Decode without the convolution: every state is read and written.
func (r *Recurrence) Step(d *hw.Device, s RecurrenceShape) units.Seconds {
	return r.of(s.Kind).Step.time(d, 2*stateBytes*float64(s.Sequences)*s.stateValues())
}

// ConvStep is the convolution of one token: the last taps of every channel are read and written.
func (r *Recurrence) ConvStep(d *hw.Device, s RecurrenceShape) units.Seconds {
	if s.ConvWidth == 0 {
		return 0
	}
	values := float64(float64(s.Sequences) * float64(s.ConvDim) * float64(2*s.ConvWidth))
	return r.of(s.Kind).ConvStep.time(d, activationBytes*values)
}

// Scan is Prefill without the convolution.
func (r *Recurrence) Scan(d *hw.Device, s RecurrenceShape) units.Seconds {
	laws := r.of(s.Kind)
	l := &laws.Scan
	states := Traffic(d, units.Bytes(2*stateBytes*float64(s.Sequences)*s.stateValues()), laws.Step.Rate)
	tokens := float64(s.Tokens) + float64(float64(s.Sequences)*(scanChunk-1)/2)
	work := units.Seconds(tokens * s.stateValues() / (float64(d.SMs) * l.Update))
	wait := l.Wait * units.Seconds(tokens/float64(s.Sequences))
	return l.scaled(l.Fixed + Overlap(work+states, wait, l.Serial))
}

// ConvScan is the convolution of many tokens.
func (r *Recurrence) ConvScan(d *hw.Device, s RecurrenceShape) units.Seconds {
	if s.ConvWidth == 0 {
		return 0
	}
	l := &r.of(s.Kind).ConvScan
	moved := Traffic(d, units.Bytes(2*activationBytes*float64(s.Tokens)*float64(s.ConvDim)), l.Rate)
	single := units.Seconds(l.Sequence * units.Seconds(float64(s.Sequences)*float64(s.ConvDim)/1024))
	return l.scaled(l.Fixed + single + moved)
}

func (s *RecurrenceShape) stateValues() float64 {
	return float64(s.Heads) * float64(s.KeyDim) * float64(s.ValueDim)
}

func (r *Recurrence) of(kind string) *RecurrenceLaws {
	switch kind {
	case "gdn":
		return &r.GDN
	case "kda":
		return &r.KDA
	default:
		return &r.Mamba2
	}
}

// laws lists the laws under their names in calibration files.
func (r *Recurrence) laws() []Named {
	var all []Named
	for _, kind := range []string{"gdn", "kda", "mamba2"} {
		l := r.of(kind)
		all = append(all, Named{kind + ".step", &l.Step}, Named{kind + ".scan", &l.Scan},
			Named{kind + ".conv-step", &l.ConvStep}, Named{kind + ".conv-scan", &l.ConvScan})
	}
	return all
}

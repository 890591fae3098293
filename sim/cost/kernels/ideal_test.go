package kernels

import (
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// The closed forms of this package's tests hold on an ideal device with round figures and for laws in which
// nothing costs
// anything but what a test switches on: one term at a time.
func idealDevice() *hw.Device {
	return &hw.Device{SMs: 4, Bandwidth: 1e9, GPUsPerNode: 8,
		Peak: hw.Peaks{units.BF16: 1e12, units.FP16: 1e12, units.FP8: 2e12, units.INT8: 3e12,
			units.NVFP4: 5e12},
		Link:    hw.Link{Kind: "ring", Bandwidth: 1e6, Latency: 1e-6},
		Network: hw.Link{Kind: "ethernet", Bandwidth: 1e5, Latency: 4e-6}}
}

// endless is a device whose memory takes no time: what remains is arithmetic.
func endless() *hw.Device {
	d := idealDevice()
	d.Bandwidth = units.BytesPerSecond(math.Inf(1))
	return d
}

// tireless is a device whose arithmetic takes no time: what remains is memory.
func tireless() *hw.Device {
	d := idealDevice()
	for f := range d.Peak {
		if d.Peak[f] > 0 {
			d.Peak[f] = units.FLOPsPerSecond(math.Inf(1))
		}
	}
	return d
}

// ideal is a set in which every law is the bare arithmetic and traffic, in whole tiles where the law has
// tiles.
func ideal() *Set {
	s := Datasheet()
	s.GEMM.Plain, s.Prefill.Plain = false, false
	for _, law := range s.Laws() {
		for _, p := range law.Law.Parameters() {
			if *p.Value >= 1e15 {
				*p.Value = math.Inf(1) // rates that the data sheet does not know
			}
		}
	}
	return s
}

// same checks a time, or another figure, against one worked out by hand.
func same[T ~float64](t *testing.T, what string, got T, want float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("%s: %.12g, by hand %.12g", what, float64(got), want)
	}
}

// Of two that overlap wholly the longer counts, of two that do not their sum; between them equal ones take 1
// + serial.
func TestOverlapByHand(t *testing.T) {
	same(t, "all overlaps", Overlap(3, 4, 0), 4)
	same(t, "nothing overlaps", Overlap(3, 4, 1), 7)
	same(t, "half of equal ones", Overlap(2, 2, 0.5), 3)
	same(t, "3 and 4, half", Overlap(3, 4, 0.5), (7+math.Sqrt(1+12))/2)
	same(t, "one alone", Overlap(5, 0, 0.7), 5)
}

func TestTrafficByHand(t *testing.T) {
	d := idealDevice()
	same(t, "memory alone", Traffic(d, 5e9, math.Inf(1)), 5)
	same(t, "with SMs of 1e9 B/s each", Traffic(d, 8e9, 1e9), 8+2)
	// A quarter of the memory's time shows for fp8 caches and mxfp4 weights, two fifths for int4 weights.
	same(t, "fp8 widened", Widening(d, 8e9, 1e9, exposedFP), 0.25*8+2)
	same(t, "int4 widened", Widening(d, 8e9, 1e9, exposedInt4), 0.4*8+2)
}

func TestPointwiseByHand(t *testing.T) {
	d, p := idealDevice(), ideal().Pointwise
	same(t, "bytes over bandwidth", p.Time(d, 1, 3e9), 3)
	p.Fixed = 0.5
	same(t, "and the fixed time", p.Time(d, 1, 3e9), 3.5)
	same(t, "of each kernel", p.Time(d, 3, 3e9), 4.5)
	p.Scale = 2
	same(t, "and the discrepancy", p.Time(d, 1, 3e9), 7)
	same(t, "nothing to do", p.Time(d, 1, 0), 0)
}

// Every law's time is proportional to its discrepancy, and no other law's is.
func TestDiscrepancyScalesItsLawAlone(t *testing.T) {
	once := everyLaw(Default())
	for name, time := range once {
		if !(time > 0) {
			t.Errorf("%s takes %v", name, time)
		}
	}
	for _, law := range Default().Laws() {
		if law.Name == "launch" {
			continue
		}
		set := Default()
		for _, p := range lawNamed(set, law.Name).Parameters() {
			if p.Name == DiscrepancyName {
				*p.Value = 3
			}
		}
		for name, time := range everyLaw(set) {
			want := float64(once[name])
			if name == law.Name {
				want *= 3
			}
			same(t, name+" where "+law.Name+" takes three times as long", time, want)
		}
	}
}

func lawNamed(s *Set, name string) Law {
	for _, law := range s.Laws() {
		if law.Name == name {
			return law.Law
		}
	}
	return nil
}

// everyLaw is the time of a shape that only the law of that name times.
func everyLaw(s *Set) map[string]units.Seconds {
	d, times := idealDevice(), map[string]units.Seconds{}
	times["pointwise"] = s.Pointwise.Time(d, 1, 1e6)
	gemm := func(weights, activations units.Format) units.Seconds {
		return s.GEMM.Time(d, GEMMShape{M: 64, N: 256, K: 256, Weights: weights, Activations: activations})
	}
	times["gemm.bf16"] = gemm(units.BF16, units.BF16)
	times["gemm.fp8"] = gemm(units.FP8, units.FP8)
	times["gemm.fp8-block"] = gemm(units.FP8Block, units.FP8)
	times["gemm.int8"] = gemm(units.INT8, units.INT8)
	times["gemm.weight8"] = gemm(units.FP8, units.BF16)
	times["gemm.weight4"] = gemm(units.INT4, units.BF16)
	batched := BatchedShape{Batch: 2, M: 64, N: 128, K: 128, Format: units.BF16}
	times["batched.bf16"] = s.Batched.Time(d, batched)
	batched.Format = units.FP8
	times["batched.fp8"] = s.Batched.Time(d, batched)
	times["allreduce"] = s.AllReduce.Own.time(d.Link, 4, 1e6)
	times["collective.all-reduce"] = s.AllReduce.Ring(d, 4, 8, 1e6)
	times["collective.all-gather"] = s.Collective.AllGather(d, 4, 8, 1e6)
	times["collective.reduce-scatter"] = s.Collective.ReduceScatter(d, 4, 8, 1e6)
	times["collective.all-to-all"] = s.Collective.AllToAll(d, 4, 8, 1e6)
	for _, kv := range []struct {
		name   string
		format units.Format
	}{{"wide", units.BF16}, {"narrow", units.FP8}} {
		p := PrefillShape{Sequences: 1, Tokens: 256, Pairs: 32896, Keys: 256, Heads: 4, KVHeads: 2,
			KeyDim: 64, ValueDim: 64, KV: kv.format}
		times["prefill."+kv.name] = s.Prefill.Time(d, p)
		times["latent-prefill."+kv.name] = s.LatentPrefill.Time(d, p)
		times["sparse-prefill."+kv.name] = s.SparsePrefill.Time(d, p)
		fixed, perKey := s.Decode.Coefficients(d,
			DecodeShape{Sequences: 2, Heads: 4, KVHeads: 2, KeyDim: 64, ValueDim: 64, KV: kv.format})
		times["decode."+kv.name] = fixed + 1000*perKey
		for _, sparse := range []string{"", "sparse-"} {
			fixed, perKey := s.LatentDecode.Coefficients(d,
				LatentShape{Sequences: 2, Heads: 4, LatentDim: 64, RopeDim: 16,
					Sparse: sparse != "", Chosen: 32, KV: kv.format})
			times["latent-decode."+sparse+kv.name] = fixed + 1000*perKey
		}
		times["indexer.many"] = s.Indexer.Prefill(d, p)
	}
	selectedTimes(s, d, times)
	fixed, perKey := s.Indexer.Coefficients(d, IndexerShape{Sequences: 2, Heads: 4, KeyDim: 64})
	times["indexer.step"] = fixed + 1000*perKey
	for name, format := range map[string][2]units.Format{"bf16": {units.BF16, units.BF16},
		"fp8":       {units.FP8, units.FP8},
		"fp8-block": {units.FP8Block, units.FP8}, "weight4": {units.INT4, units.BF16}, "mxfp4": {units.MXFP4,
			units.BF16}} {
		times["experts."+name] = s.Experts.Time(d,
			ExpertsShape{Tokens: 8, Hidden: 128, Inter: 128, TopK: 2, Experts: 8, Ranks: 1,
				Gated: true, Weights: format[0], Activations: format[1]})
	}
	for _, kind := range []string{"gdn", "kda", "mamba2"} {
		r := RecurrenceShape{Kind: kind, Sequences: 2, Tokens: 128, Heads: 4, KeyDim: 16, ValueDim: 16,
			ConvWidth: 4, ConvDim: 64}
		times[kind+".step"], times[kind+".conv-step"] = s.Recurrence.Step(d, r), s.Recurrence.ConvStep(d, r)
		times[kind+".scan"], times[kind+".conv-scan"] = s.Recurrence.Scan(d, r), s.Recurrence.ConvScan(d, r)
	}
	for _, low := range []bool{true, false} {
		a := AllToAllShape{Tokens: 8, Hidden: 128, TopK: 2, Experts: 8, Ranks: 4, RanksPerNode: 2}
		a.Format, a.LowLatency = units.FP8, low
		if low {
			times["alltoall.low-dispatch"], times["alltoall.low-combine"] = s.AllToAll.Dispatch(d,
				a), s.AllToAll.Combine(d, a)
		} else {
			times["alltoall.dispatch"], times["alltoall.combine"] = s.AllToAll.Dispatch(d, a), s.AllToAll.Combine(d, a)
		}
	}
	return times
}

// selectedTimes adds those of attention that was measured in whole blocks.
func selectedTimes(s *Set, d *hw.Device, times map[string]units.Seconds) {
	chosen := SelectedShape{Sequences: 2, Tokens: 256, Pairs: 32896, Heads: 4, KeyHeads: 2, Values: 128,
		KeyBytes: 100, Chosen: 32}
	for name, l := range map[string]*Selected{"compressed.step": &s.Compressed,
		"blocks.step-wide": s.Blocks.Of(units.BF16), "blocks.step-narrow": s.Blocks.Of(units.FP8)} {
		fixed, perKey := l.Step.Core(d, chosen)
		times[name] = fixed + 1000*perKey
		times[strings.Replace(name, "step", "many", 1)] = l.Many.Core(d, chosen)
	}
}

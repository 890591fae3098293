package sim

import (
	"context"
	"syscall"
	"testing"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// llama8B resembles Llama-3.1-8B on one H100: 6 ms to read the weights, 40 ns to read a token's keys and values,
// 25 µs for each prompt token.
func llama8B() *affine {
	a := &affine{reaches: []arch.Reach{{Kind: arch.Full}}, shared: 6e9, perSeq: 8e6, perChunkToken: 25e6}
	a.perKey[0] = 45e3
	a.perPair[0] = 8e2
	return a
}

func standard(w workloads.Source, blocks int) Config {
	return Config{
		Workload: w, Step: llama8B(), Layout: kv.Layout{BlockTokens: 16, Full: 1}, Blocks: blocks,
		Limits: sched.Limits{MaxNumSeqs: 256, MaxNumBatchedTokens: 2048, MaxModelLen: 131072, ChunkedPrefill: true, ReserveFullInput: true},
	}
}

func userSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Sec) + float64(u.Utime.Usec)*1e-6
}

func benchmark(b *testing.B, rate float64, blocks int) {
	b.ReportAllocs()
	begin := userSeconds()
	r, err := Run(context.Background(), standard(newPoisson(b.N, rate), blocks))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((userSeconds()-begin)*1e9/float64(b.N), "user-ns/request")
	b.ReportMetric(float64(r.Preemptions)/float64(b.N), "preemptions/request")
	b.ReportMetric(float64(r.Steps)/float64(b.N), "steps/request")
	b.ReportMetric(r.ConcurrentSequences.Mean, "concurrent")
}

func BenchmarkLow(b *testing.B)        { benchmark(b, 1, 27_000) }
func BenchmarkStandard(b *testing.B)   { benchmark(b, 20, 27_000) }
func BenchmarkSaturated(b *testing.B)  { benchmark(b, 60, 27_000) }
func BenchmarkPreempting(b *testing.B) { benchmark(b, 60, 4_000) }

func fleetBenchmark(b *testing.B, router string) {
	b.ReportAllocs()
	c := standard(newPoisson(b.N, 20*64), 27_000)
	c.Replicas, c.Router = 64, router
	c.NewStep = func() cost.Stepper { return llama8B() }
	begin := userSeconds()
	if _, err := Run(context.Background(), c); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((userSeconds()-begin)*1e9/float64(b.N), "user-ns/request")
}

func BenchmarkFleetLeastOutstanding(b *testing.B) { fleetBenchmark(b, LeastOutstanding) }
func BenchmarkFleetRoundRobin(b *testing.B)       { fleetBenchmark(b, RoundRobin) }

func policyBenchmark(b *testing.B, policy string) {
	b.ReportAllocs()
	c := standard(newPoisson(b.N, 20), 27_000)
	c.Policy = policy
	begin := userSeconds()
	if _, err := Run(context.Background(), c); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((userSeconds()-begin)*1e9/float64(b.N), "user-ns/request")
}

func BenchmarkSGLang(b *testing.B) { policyBenchmark(b, "sglang") }
func BenchmarkTRTLLM(b *testing.B) { policyBenchmark(b, "trtllm") }

func BenchmarkWorkload(b *testing.B) {
	w := newPoisson(b.N, 20)
	var q workloads.Request
	for w.Next(&q) {
	}
}

package sim

import (
	"context"
	"syscall"
	"testing"

	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

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
	r, err := Run(context.Background(), fixture.Standard(fixture.NewPoisson(b.N, rate), blocks))
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
	c := fixture.Standard(fixture.NewPoisson(b.N, 20*64), 27_000)
	c.Replicas, c.Router = 64, router
	c.NewStep = func() cost.Stepper { return fixture.Llama8B() }
	begin := userSeconds()
	if _, err := Run(context.Background(), c); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((userSeconds()-begin)*1e9/float64(b.N), "user-ns/request")
}

func BenchmarkFleetLeastOutstanding(b *testing.B) { fleetBenchmark(b, router.LeastOutstanding) }
func BenchmarkFleetRoundRobin(b *testing.B)       { fleetBenchmark(b, router.RoundRobin) }

func policyBenchmark(b *testing.B, policy string) {
	b.ReportAllocs()
	c := fixture.Standard(fixture.NewPoisson(b.N, 20), 27_000)
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
	w := fixture.NewPoisson(b.N, 20)
	var q workloads.Request
	for w.Next(&q) {
	}
}

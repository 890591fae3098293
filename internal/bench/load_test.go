package bench

import (
	"context"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// BenchmarkLoad simulates b.N requests of each standard load. Its CPU profile is cmd/roofserve/default.pgo,
// by which the compiler chooses what to inline in the command:
//
//	profile() {
//	    go test -trimpath ./internal/bench -run '^$' -count 4 -benchtime "$1" \
//	        -cpuprofile "$2" -bench "Load/^($3)$"
//	}
//	profile 3000000x most.pgo 'low|standard|saturated|preempting|fallback|csv|sglang|moe|week'
//	profile 1000000x apart.pgo 'pools|speculation'
//	profile 200000x caches.pgo 'sessions|routed'
//	go tool pprof -proto -output cmd/roofserve/default.pgo most.pgo apart.pgo caches.pgo
//
// Loads whose requests take longer, for what their routers and sessions know of caches, are of fewer of them:
// they would be nearly all of it.
func BenchmarkLoad(b *testing.B) {
	c, err := readCatalogue()
	if err != nil {
		b.Fatal(err)
	}
	for i := range c.Load {
		l := &c.Load[i]
		if l.From == fromMooncake || l.Cases > 0 {
			continue
		}
		b.Run(l.Name, func(b *testing.B) {
			f := feed{load: l, requests: b.N, service: &c.Service}
			if len(l.Requests) == 0 {
				f.requests = 0
			}
			remove, err := f.prepare()
			if err != nil {
				b.Fatal(err)
			}
			defer remove()
			run, err := f.build(0)
			if err != nil {
				b.Fatal(err)
			}
			defer run.Close()
			b.ReportAllocs()
			b.ResetTimer()
			begin := cpuSeconds()
			r, err := run.Run(context.Background(), scenarios.Hooks{})
			if err != nil {
				b.Fatal(err)
			}
			requests := float64(r.Result.Completed + r.Result.Failed)
			b.ReportMetric((cpuSeconds()-begin)*1e9/requests, "user-ns/request")
		})
	}
}

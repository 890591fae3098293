package sim

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/workloads"
)

const conversation = "../../shared/traces/mooncake_conversation.jsonl.gz"

// mooncake reads the Mooncake conversation trace in full.
func mooncake(tb testing.TB) []workloads.Request {
	file, err := os.Open(conversation)
	if err != nil {
		tb.Skipf("needs the Mooncake traces: %v", err)
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	var list []workloads.Request
	for lines := bufio.NewScanner(text); lines.Scan(); {
		var row struct {
			Timestamp    float64
			InputLength  int      `json:"input_length"`
			OutputLength int      `json:"output_length"`
			HashIDs      []uint64 `json:"hash_ids"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			tb.Fatal(err)
		}
		at := units.Seconds(row.Timestamp * 1e-3 * 10).Picoseconds() // a tenth of the rate, at which nothing queues
		list = append(list, workloads.Request{Arrival: at, Input: row.InputLength, Output: row.OutputLength,
			Blocks: row.HashIDs})
	}
	return list
}

func conversing(requests []workloads.Request) Config {
	c := fixture.Standard(&fixture.List{Requests: requests, Chunk: 512}, 12_000_000)
	c.Layout.BlockTokens = 512
	c.Limits.MaxNumBatchedTokens = 8192
	c.PrefixCaching = true
	m := fixture.Llama8B()
	m.PerChunkToken, m.PerPair[0] = 3e6, 0 // eight devices
	c.Step = m
	return c
}

// TestUnboundedCacheFindsTheTracesReuse compares hits with the share of full prompt blocks whose content came
// before.
func TestUnboundedCacheFindsTheTracesReuse(t *testing.T) {
	requests := mooncake(t)
	seen := map[uint64]bool{}
	hits, all := 0, 0
	for _, q := range requests {
		full := q.Blocks[:q.Input/512]
		for i := 0; i < len(full) && seen[full[i]]; i++ {
			hits++
		}
		all += len(full)
		for _, id := range q.Blocks {
			seen[id] = true
		}
	}
	r, err := Run(context.Background(), conversing(requests))
	if err != nil {
		t.Fatal(err)
	}
	got, want := float64(r.Prefix.HitBlocks)/float64(r.Prefix.Blocks), float64(hits)/float64(all)
	t.Logf("block hit rate %.6f, the trace's reuse %.6f", got, want)
	if r.Failed > 0 || math.Abs(got-want) > 1e-3 {
		t.Errorf("%d requests failed, block hit rate %v; the trace's reuse is %v", r.Failed, got, want)
	}
}

func BenchmarkMooncake(b *testing.B) {
	requests := mooncake(b)
	span := requests[len(requests)-1].Arrival
	repeated := make([]workloads.Request, b.N)
	for i := range repeated {
		repeated[i] = requests[i%len(requests)]
		repeated[i].Arrival += span * units.Picoseconds(i/len(requests))
	}
	b.ResetTimer()
	b.ReportAllocs()
	begin := userSeconds()
	r, err := Run(context.Background(), conversing(repeated))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((userSeconds()-begin)*1e9/float64(b.N), "user-ns/request")
	b.ReportMetric(float64(r.Prefix.HitBlocks)/float64(r.Prefix.Blocks), "hit-rate")
}

package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/scenarios"
)

// poolsText names the pools of a deployment: "prefill 2 × 4 × a100-sxm-80gb, decode 4 × h100-sxm-80gb".
func poolsText(pools []scenarios.Pool) string {
	var list []string
	for i := range pools {
		p := &pools[i]
		text := fmt.Sprintf("%d × %s", p.GPUs, p.Device)
		if p.Replicas > 1 {
			text = fmt.Sprintf("%d × %s", p.Replicas, text)
		}
		list = append(list, p.Role+" "+text)
	}
	return strings.Join(list, ", ")
}

// summarisePools says what went between prefill and decode pools, and where the time to the first token goes.
func summarisePools(b *bytes.Buffer, metrics map[string]float64) {
	if _, ok := metrics["kv_transfer.count"]; !ok {
		return
	}
	fmt.Fprintf(b, "%-12s prefill %s, decode %s of the time; waiting %s and %s requests\n", "pools busy",
		percentOf(metrics, "prefill_pools.utilization"), percentOf(metrics, "decode_pools.utilization"),
		briefOf(metrics, "prefill_pools.queue"), briefOf(metrics, "decode_pools.queue"))
	fmt.Fprintf(b, "%-12s %s of %s together; mean %s ms, p99 %s ms\n", "transfers",
		grouped(metrics["kv_transfer.count"]), gigabytes(units.Bytes(metrics["kv_transfer.bytes"])),
		briefOf(metrics, "kv_transfer.mean_ms"), briefOf(metrics, "kv_transfer.p99_ms"))
	fmt.Fprintf(b, "%-12s queue %s ms, prefill %s, transfer %s, decode queue %s, first step %s\n", "first token",
		briefOf(metrics, "ttft_breakdown.queue"), briefOf(metrics, "ttft_breakdown.prefill"),
		briefOf(metrics, "ttft_breakdown.transfer"), briefOf(metrics, "ttft_breakdown.decode_queue"),
		briefOf(metrics, "ttft_breakdown.first_step"))
}

package scenarios

import "testing"

// apart are settings of prefill and decode pools.
const apart = `pool=[{role="prefill"}, {role="decode"}]`

func transferProbes(t *testing.T) map[string]keyProbe {
	_, _, shared := traces(t)
	slow := drawn(apart, "kv_transfer.bandwidth_gbps=1")
	return map[string]keyProbe{
		"kv_transfer.connector":      {slow, "nixl", "layerwise"},
		"kv_transfer.bandwidth_gbps": {drawn(apart), "1", "50"},
		"kv_transfer.latency_us":     {drawn(apart), "0", "5000"},
		"kv_transfer.timing":         {[]string{small, apart, "workload.trace=" + shared}, "destination_missing", "full_prompt"},
		"kv_transfer.contention":     {slow, "true", "false"},
		"kv_transfer.first_token":    {drawn(apart), "prefill", "decode"},

		"disaggregation.decider":          {drawn(apart), "always", "never"},
		"disaggregation.threshold_tokens": {drawn(apart, "disaggregation.decider=prefix-threshold"), "100", "900"},
		"disaggregation.pair_at":          {slow, "arrival", "done"},
	}
}

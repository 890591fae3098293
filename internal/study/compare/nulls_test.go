package compare

import (
	"encoding/json"
	"strings"
	"testing"
)

const noPlan = `{"gpus":0,"replicas":0,"tp":0,"pp":0,"dp":0,"ep":0,"weights":"","kv":"",` +
	`"weight_bytes_per_gpu":0,"kv_pool_bytes_per_gpu":0,"sequences":0}`

func TestWhatWasNotMeasuredIsNull(t *testing.T) {
	for _, c := range []struct {
		of   any
		want string
	}{
		{Outcome{RateScale: 2, Rate: 3}, `{"rate_scale":2,"requests_per_s":3,"completed_per_s":null,"median_ttft_ms":null,"p99_ttft_ms":null,"median_tpot_ms":null,` +
			`"p99_tpot_ms":null,"output_tokens_per_s":null,"goodput_per_s":0,"running_mean":null,"kv_cache_usage_max":null,"usd_per_million_output_tokens":null,"overloaded":false}`},
		{&ContextPoint{Context: 8, Output: 1.5}, `{"context":8,"plan":` + noPlan + `,"sequences":0,"tpot_ms":null,"output_tokens_per_s":1.5,"usd_per_million_output_tokens":null}`},
		{&RulePlan{Rule: "best"}, `{"rule":"best","plan":` + noPlan + `,"tpot_ms":null}`},
		{Lever{Field: "a.b", Value: 3, Double: 4}, `{"field":"a.b","value":3,"tpot_ms_halved":null,"tpot_ms_doubled":4}`},
	} {
		got, err := json.Marshal(c.of)
		if err != nil || string(got) != c.want {
			t.Errorf("%s, %v, want %s", got, err, c.want)
		}
	}
	entry, err := json.Marshal(Entry{Edge: &Outcome{P99TTFT: 7}, Loads: []Outcome{{}}})
	for _, part := range []string{`"same_load":null`, `"p99_ttft_ms":7`, `"decode_tpot_ms":null`, `"loads":[{"rate_scale":0`, `"warnings":null`} {
		if err != nil || !strings.Contains(string(entry), part) {
			t.Errorf("no %s in %s, %v", part, entry, err)
		}
	}
}

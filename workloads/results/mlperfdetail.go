package results

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
)

// mlperfDetail is the log that MLPerf's load generator writes beside its summary, a measure a line.
var mlperfDetail = Format{
	Name:   "MLPerf, detailed log",
	About:  "`mlperf_log_detail.txt` of a language model: means, and the rate that was asked for; lengths of prompts are those of the data set",
	Source: mlperf.Source,
	begins: func(h *head) bool { return bytes.Contains(h.text, []byte(`:::MLLOG {`)) },
	read: func(d *document) error {
		r := d.run()
		m := &r.Means
		scenario, samples, tokens := "", math.NaN(), math.NaN()
		numbers := map[string]*float64{
			"result_first_token_mean_latency_ns": &m.TTFT, "result_time_to_output_token_mean": &m.TPOT,
			"effective_target_qps": &r.Rate, "result_completed_samples_per_sec": &samples, "result_samples_per_second": &samples,
			"result_token_throughput_with_loadgen_overhead": &tokens, "result_tokens_per_second": &tokens,
		}
		err := d.lines(func(line string) {
			_, text, is := strings.Cut(line, ":::MLLOG ")
			var entry struct {
				Key   string          `json:"key"`
				Value json.RawMessage `json:"value"`
			}
			if !is || json.Unmarshal([]byte(text), &entry) != nil {
				return
			}
			v := measured(strings.Trim(string(entry.Value), `"`))
			switch to := numbers[entry.Key]; {
			case to != nil && v >= 0:
				*to = v
			case entry.Key == "result_query_count":
				m.Requests = whole(v)
			case entry.Key == "effective_scenario":
				scenario = strings.Trim(string(entry.Value), `"`)
			}
		})
		m.TTFT, m.TPOT, m.Output, m.Answered = m.TTFT*1e-6, m.TPOT*1e-6, tokens/samples, max(0, known(samples))
		if scenario == "Offline" {
			r.Rate = math.Inf(1)
		}
		return err
	},
}

package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Reading is a result that roofserve wrote (run --json, and the file or the line of a sweep's case), for
// programs. Times are in ms but for Duration, which is in s; throughputs are per second. A statistic of
// nothing is nil. Metrics has all numbers, docs/reference/metrics.md says what they are.
type Reading struct {
	Version   string `json:"version"`  // of the program that wrote it
	ModelID   string `json:"model_id"` // on Hugging Face, or the catalogue's name
	Backend   string `json:"backend"`  // the engine
	Seed      uint64 `json:"seed"`
	Completed int    `json:"completed"` // requests
	Failed    int    `json:"failed"`    // requests that were refused

	Duration          *float64 `json:"duration"`
	RequestThroughput *float64 `json:"request_throughput"`
	OutputThroughput  *float64 `json:"output_throughput"`
	TotalThroughput   *float64 `json:"total_token_throughput"`

	MeanTTFT   *float64 `json:"mean_ttft_ms"` // time to first token
	MedianTTFT *float64 `json:"median_ttft_ms"`
	P99TTFT    *float64 `json:"p99_ttft_ms"`
	MeanTPOT   *float64 `json:"mean_tpot_ms"` // time per output token after the first
	MedianTPOT *float64 `json:"median_tpot_ms"`
	P99TPOT    *float64 `json:"p99_tpot_ms"`
	MeanITL    *float64 `json:"mean_itl_ms"` // time between a token and the next
	MedianITL  *float64 `json:"median_itl_ms"`
	P99ITL     *float64 `json:"p99_itl_ms"`
	MeanE2EL   *float64 `json:"mean_e2el_ms"` // time from arrival to the last token
	MedianE2EL *float64 `json:"median_e2el_ms"`
	P99E2EL    *float64 `json:"p99_e2el_ms"`

	Case         *CaseReading         `json:"case"`         // of a sweep's case alone
	Error        string               `json:"error"`        // why a sweep's case did not run; empty where it did
	Expectations []ExpectationReading `json:"expectations"` // nil where the scenario has none
	Warnings     []string             `json:"warnings"`
	Scenario     json.RawMessage      `json:"scenario"` // with every default filled in

	// Metrics are all that have a value, by their names: p99_tpot_ms, kv_cache_usage.mean; those of a class of
	// clients are called "p99_tpot_ms of interactive".
	Metrics map[string]float64 `json:"-"`
}

// CaseReading says which case of a sweep a result is of.
type CaseReading struct {
	Scenario string         `json:"scenario"`
	Index    int            `json:"index"` // from 0
	Of       int            `json:"of"`
	Settings map[string]any `json:"settings"` // the swept keys' values
}

// ExpectationReading is a bound of an [[expect]] table held against the result.
type ExpectationReading struct {
	Metric  string   `json:"metric"`
	Class   string   `json:"class"`
	Bound   string   `json:"bound"` // min, max, max_increase, max_decrease or within
	Limit   *float64 `json:"limit"`
	Value   *float64 `json:"value"`
	Verdict string   `json:"verdict"` // kept or failed
	Text    string   `json:"text"`    // what was found, for people
}

// ReadResult reads a result.
func ReadResult(data []byte) (*Reading, error) {
	r := &Reading{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("is no result: %w", err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("is no result: %w", err)
	}
	if _, ran := tree["completed"]; !ran && r.Error == "" {
		return nil, errors.New("is no result: it counts no completed requests")
	}
	r.Metrics = MetricsIn(tree)
	return r, nil
}

// MetricsIn are the metrics that have a value in the JSON object of a result, by their subjects.
func MetricsIn(result map[string]any) map[string]float64 {
	list := map[string]float64{}
	for _, name := range MetricNames() {
		in, key := result, name
		if group, inner, nested := strings.Cut(name, "."); nested {
			in, _ = result[group].(map[string]any)
			key = inner
		}
		if v, ok := in[key].(float64); ok {
			list[name] = v
		}
	}
	for _, c := range classesIn(result) {
		m := Metric{}
		if m.Class, _ = c["name"].(string); m.Class == "" {
			continue // of requests of no class
		}
		for i := range classMetrics {
			m.Name = classMetrics[i].Key
			if v, ok := c[m.Name].(float64); ok {
				list[m.Subject()] = v
			}
		}
	}
	return list
}

// classesIn are the objects of the classes in the JSON object of a result.
func classesIn(result map[string]any) (objects []map[string]any) {
	list, _ := result["classes"].([]any)
	for _, c := range list {
		if object, ok := c.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
}

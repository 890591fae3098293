package scenarios

import (
	"strings"
	"testing"
	"text/template"
)

// needed names what must be there for a metric to have a value.
var needed = [needs]string{
	needsNothing:          "–",
	needsCompletion:       "a completed request",
	needsMeasured:         "a completed request after the warm-up",
	needsSecondToken:      "a completed request of two tokens after the warm-up",
	needsPrompt:           "a prompt looked up in a prefix cache",
	needsBlock:            "a prompt of a full block, looked up in a prefix cache",
	needsPrice:            "a price of the GPUs",
	needsTransfer:         "a transferred request after the warm-up",
	needsPricedCompletion: "a price and a completed request",
	needsDraft:            "a draft that was verified",
}

// limited lists the other statistics that limits may name.
func limited() string {
	var keys []string
	for _, s := range Statistics {
		if s.Limited && s.Key != "p99" {
			keys = append(keys, s.Key)
		}
	}
	return strings.Join(keys, ", ")
}

// metricsReference is docs/reference/metrics.md.
func metricsReference(t *testing.T) string {
	t.Helper()
	page, err := template.New("metrics.md").Funcs(template.FuncMap{
		"command": func() string { return updateCommand },
		"limited": limited,
		"needed":  func(d Definition) string { return needed[d.needs] },
	}).ParseFiles("testdata/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	err = page.Execute(&text, map[string]any{
		"Requests": requestMetrics, "Latencies": Latencies, "LatencyMetrics": latencyMetrics(),
		"Levels": levelMetrics(), "Engines": engineMetrics, "Drafts": speculativeMetrics, "Gateways": admissionMetrics, "Routers": routerMetrics,
		"Sessions": sessionMetrics, "Memory": memoryMetrics, "Prices": priceMetrics,
		"Parts": partMetrics(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestReferenceDefinesEveryMetricOnce(t *testing.T) {
	page := metricsReference(t)
	for _, key := range MetricNames() {
		if n := strings.Count(page, "\n| `"+key+"` |"); n != 1 {
			t.Errorf("the page defines %s %d times", key, n)
		}
	}
}

// Whoever adds a metric says what it is.
func TestEveryMetricIsDefined(t *testing.T) {
	for i := range Definitions {
		d := &Definitions[i]
		if d.Title == "" || d.Unit == "" || d.Scope == "" || d.value == nil {
			t.Errorf("%s has no title, unit, scope or value", d.Key)
		}
		if !strings.HasSuffix(d.Meaning, ".") || strings.ContainsAny(d.Meaning, "|\n") {
			t.Errorf("%s: %q is no sentence for a table", d.Key, d.Meaning)
		}
		if Define(d.Key) != d {
			t.Errorf("%s is defined twice", d.Key)
		}
	}
	if Define("mean_ttft") != nil {
		t.Error("an unknown metric is defined")
	}
}

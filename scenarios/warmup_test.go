package scenarios

import (
	"strings"
	"testing"
)

// Ten requests arrive at 0, 0.1 … 0.9 s.
func TestAWarmupIsShorterThanTheRun(t *testing.T) {
	const constant = "use a shorter one, or more requests"
	for _, c := range []struct {
		settings []string
		words    string // of the error; "" where there is none
	}{
		{[]string{"workload.warmup_s=0.9"}, ""},
		{[]string{"workload.warmup_s=0.91"}, "workload.warmup_s: the last of 10 requests arrives after 0.9 s, within the warm-up of 0.91 s"},
		{[]string{"workload.warmup_s=0.91", "workload.rate_scale=0.5"}, ""},
		{[]string{"workload.warmup_s=0.46", "workload.rate_scale=2"}, constant},
		{[]string{"workload.warmup_s=0.41", "workload.requests=5"}, constant},
		{[]string{"workload.warmup_s=0.4", "workload.requests=5"}, ""},
		{[]string{"workload.warmup_s=0.5", "workload.end_s=0.5"}, "0.5 s is not shorter than the 0.5 s in which requests arrive"},
		{[]string{"workload.warmup_s=0.3", "workload.end_s=0.5", "workload.start_s=0.2"}, "use a shorter one, or a later end_s"},
		{[]string{"workload.warmup_s=0.2", "workload.end_s=0.5", "workload.start_s=0.2"}, ""},
		// ten requests a second of the trace's time, at twice the rate or half of it
		{[]string{"workload.warmup_s=0.7", "workload.end_s=0.5", "workload.rate_scale=0.5"}, ""},
		{[]string{"workload.warmup_s=0.9", "workload.end_s=0.5", "workload.rate_scale=0.5"},
			"the last request arrives after 0.8 s, within"},
		{[]string{"workload.warmup_s=0.3", "workload.end_s=0.5", "workload.rate_scale=2"},
			"0.3 s is not shorter than the 0.25 s in which requests arrive"},
		{[]string{"workload.warmup_s=0.25", "workload.start_s=0.25", "workload.end_s=0.75",
			"workload.rate_scale=2"}, "0.25 s is not shorter than the 0.25 s in which requests arrive"},
		{[]string{"workload.warmup_s=0.7", "workload.start_s=0.25", "workload.end_s=0.75",
			"workload.rate_scale=0.5"}, ""},
		// what only the run tells
		{[]string{"workload.warmup_s=100", "workload.synthetic.arrival.process=poisson"}, "the last request arrives after "},
		{[]string{"workload.warmup_s=0.01", "workload.synthetic.arrival.process=poisson"}, ""},
		{[]string{"workload.warmup_s=100", `workload.synthetic.arrival={process="closed", concurrency=2}`}, "workload.warmup_s: the last request arrives after "},
		{[]string{"workload.warmup_s=0.01", `workload.synthetic.arrival={process="closed", concurrency=2}`}, ""},
		{[]string{"workload.start_s=100"}, "workload.start_s: no request arrives in the part"},
		{[]string{"workload.start_s=0.91", "workload.end_s=0.99"}, "workload.start_s: no request arrives in the part"},
	} {
		_, err := few(t, c.settings...)
		switch {
		case c.words == "" && err != nil:
			t.Errorf("%v: %v", c.settings, err)
		case c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)):
			t.Errorf("%v: %v, want %q", c.settings, err, c.words)
		}
	}
}

// Requests that arrive after the warm-up and fail are no warm-up's fault: nothing is measured, and
// expectations say so.
func TestNothingCompletesAfterTheWarmup(t *testing.T) {
	r, err := few(t, "workload.warmup_s=0.05", "engine.max_model_len=16")
	if err != nil {
		t.Fatal(err)
	}
	if got := missingOf(r.Metrics()); len(got["no request completed"]) == 0 {
		t.Errorf("%v", got)
	}
}

package scenarios

import (
	"context"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim"
)

// gated are settings of an overload before a gateway with a policy.
func gated(policy string, settings ...string) []string {
	return append(drawn("engine.max_num_seqs=2", "workload.seed=3", "admission.policy="+policy), settings...)
}

func admissionProbes() map[string]keyProbe {
	return map[string]keyProbe{
		"admission.policy":              {drawn("engine.max_num_seqs=2", "admission.max_queue=3", "admission.policy=queue-limit"), "queue-limit", "tier-shed"},
		"admission.max_queue":           {gated("queue-limit"), "0", "9"},
		"admission.shed_above":          {gated("tier-shed", "admission.max_queue=1"), "-1", "0"},
		"admission.capacity_tokens":     {gated("token-bucket", "admission.refill_tokens_per_s=100"), "900", "9000"},
		"admission.refill_tokens_per_s": {gated("token-bucket", "admission.capacity_tokens=900"), "10", "9000"},
		"admission.ttft_timeout_s":      {gated("always"), "0.1", "0.5"},
		"admission.request_timeout_s":   {gated("always"), "0.3", "1"},
		"admission.client_retries":      {gated("always", "admission.request_timeout_s=0.3"), "0", "2"},
		"admission.backoff_s":           {gated("always", "admission.request_timeout_s=0.3", "admission.client_retries=1"), "0.1", "2"},
	}
}

// admissionChoice is admission.policy, with what some policies go by.
func admissionChoice() choice {
	return choice{"admission.policy", map[string][]string{
		sim.AdmitAlways: gated(sim.AdmitAlways, "admission.ttft_timeout_s=0.2"),
		sim.QueueLimit:  gated(sim.QueueLimit, "admission.max_queue=2"),
		sim.TierShed:    gated(sim.TierShed, "admission.max_queue=2", "admission.shed_above=-1"),
		sim.TokenBucket: gated(sim.TokenBucket, "admission.capacity_tokens=900", "admission.refill_tokens_per_s=900"),
	}, map[string]string{"admission.max_queue": "7", "admission.shed_above": "1", "admission.capacity_tokens": "5000",
		"admission.refill_tokens_per_s": "5000"}}
}

// Before prefill and decode pools requests are given up wherever they are, and none is lost.
func TestGatewaysBeforePools(t *testing.T) {
	s := Empty("gateway")
	setAll(t, s, gated(sim.AdmitAlways, "admission.request_timeout_s=0.4", "admission.client_retries=1", apart)...)
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Run(context.Background(), Hooks{Check: true})
	if err != nil {
		t.Fatal(err)
	}
	m := Values(r.Metrics())
	if m["completed"]+m["admission.timed_out"] != 40 || m["completed"] == 0 || m["admission.timed_out"] == 0 ||
		m["kv_transfer.count"] < m["completed"] {
		t.Errorf("of 40 requests: %v", m)
	}
}

// Requests that come to nothing are counted, and what cannot be is refused.
func TestGateways(t *testing.T) {
	s := Empty("gateway")
	settings := gated(sim.QueueLimit, "admission.max_queue=5", "admission.request_timeout_s=0.4", "admission.client_retries=1",
		"slo.ttft_ms=10000", `slo.class=[{name="chat", e2el_ms=10000}]`)
	setAll(t, s, settings...)
	r, err := s.Simulate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	m := Values(r.Metrics())
	lost := m["admission.rejected"] + m["admission.timed_out"]
	if m["num_prompts"] != 40 || m["completed"]+m["failed"]+lost != 40 || m["admission.rejected"] == 0 ||
		m["admission.timed_out"] == 0 || m["admission.retried"] < lost {
		t.Errorf("of 40 requests: %v", m)
	}
	if c := r.Classes[1]; float64(c.Lost) != lost || c.Good != c.Completed || c.Attainment() != m["completed"]/40 {
		t.Errorf("the requests of no class: %+v, %g lost", c, lost)
	}
	for _, x := range []struct{ settings, says string }{
		{"admission.policy=queue-limit", "admission.max_queue"},
		{"admission.policy=token-bucket admission.capacity_tokens=9", "admission.refill_tokens_per_s"},
		{"admission.max_queue=9", "admission.max_queue"},
		{"admission.policy=full", "admission.policy"},
		{"admission.client_retries=1", "admission.client_retries"},
		{"admission.backoff_s=1 admission.request_timeout_s=2", "admission.backoff_s"},
	} {
		_, err := outcome(t, drawn(strings.Fields(x.settings)...)...)
		if err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", x.settings, err)
		}
	}
}

package scenarios

import (
	"reflect"
	"strings"
	"testing"
)

// served is a model under an engine.
const served = "[model]\nname = \"llama-3.1-8b\"\n[hardware]\ndevice = \"h100\"\n" + synthetic + "[engine]\n"

// A setting under an engine's own name is what it is under vLLM's; under another engine it is refused with
// that one's name of it, and so are both names at once.
func TestOwnNamesAreTheSameSettings(t *testing.T) {
	values := map[string]string{"gpu_memory_utilization": "0.6", "max_num_seqs": "8",
		"max_num_batched_tokens": "4096", "block_size": "16", "max_model_len": "4000"}
	resolved := func(policy, setting string) (*Parts, error) {
		s, err := Parse("s.toml", "", []byte(served+"policy = \""+policy+"\"\n"+setting+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, p, err := s.Resolve()
		return p, err
	}
	for _, k := range nameKeys {
		policy, own, general := k.with[0], k.name+" = "+values[k.stands], k.stands+" = "+values[k.stands]
		named, err := resolved(policy, own)
		plain, plainErr := resolved(policy, general)
		unset, unsetErr := resolved(policy, "")
		if err != nil || plainErr != nil || unsetErr != nil {
			t.Errorf("%s: %v, %v, %v", own, err, plainErr, unsetErr)
			continue
		}
		if !reflect.DeepEqual(named.Limits, plain.Limits) || !reflect.DeepEqual(named.Memory, plain.Memory) {
			t.Errorf("%s is not %s", own, general)
		}
		if reflect.DeepEqual(named.Limits, unset.Limits) && reflect.DeepEqual(named.Memory, unset.Memory) {
			t.Errorf("%s changes nothing", own)
		}
		if _, err := resolved("vllm", own); err == nil || !strings.HasSuffix(err.Error(), "use "+k.stands) {
			t.Errorf("%s under vLLM: %v", own, err)
		}
		if _, err := resolved(policy, own+"\n"+general); err == nil || !strings.HasSuffix(err.Error(), "give one of them") {
			t.Errorf("%s beside %s: %v", own, general, err)
		}
	}
}

// What a pool says under an engine's own name stands for what the scenario says under vLLM's, and the other
// way round.
func TestOwnNamesOfAPoolStandForTheScenarios(t *testing.T) {
	for _, c := range []struct{ scenario, pool string }{
		{"max_num_seqs = 128", "max_running_requests = 64"}, {"max_running_requests = 128", "max_num_seqs = 64"},
	} {
		text := served + "policy = \"sglang\"\n" + c.scenario + "\n[[pool]]\n[pool.engine]\n" + c.pool + "\n[[pool]]\n"
		s, err := Parse("s.toml", "", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Build()
		if err != nil {
			t.Errorf("%s in a pool: %v", c.pool, err)
			continue
		}
		for i, want := range []int{64, 128} {
			if got := b.pools[i].Parts.Limits.MaxNumSeqs; got != want {
				t.Errorf("%s, %s in a pool: at most %d sequences in pool %d", c.scenario, c.pool, got, i)
			}
		}
	}
}

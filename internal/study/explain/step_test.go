package explain

import (
	"strings"
	"testing"
)

// What a step cannot be is refused with a range that holds something.
func TestStepsOutOfRange(t *testing.T) {
	for _, c := range []struct {
		step Step
		want string
	}{
		{Step{Batch: 1 << 21}, "--batch 2097152: is out of range; use 1 to 1048576"},
		{Step{Prefill: 99999999999}, "--prefill 99999999999: is out of range; use 1 to 16777216"},
		{Step{Prefill: -1}, "--prefill -1: is out of range; use 1 to 16777216"},
		{Step{Prefill: 100, Context: 50}, "--context 50: is out of range; use 100 to 16777216"},
		{Step{Batch: 4096, Prefill: 8192}, "--batch 4096 --prefill 8192: are 33554432 new tokens in one step; use at most 16777216"},
	} {
		if _, err := c.step.Complete(); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v, want %s", c.step, err, c.want)
		}
	}
}

// A step too long for the clock is refused rather than given a time that wrapped around.
func TestStepsBeyondTheClock(t *testing.T) {
	s := scenario(t, "model.name", "gpt-3-175b", "hardware.device", "a100-sxm-80gb", "hardware.gpus", 1, "parallel.tp", 1)
	_, err := Explain(s, Step{Batch: MaxBatch, Context: maxContext})
	if err == nil || !strings.Contains(err.Error(), "which the clock cannot count") {
		t.Error(err)
	}
}

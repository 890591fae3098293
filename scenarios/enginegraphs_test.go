package scenarios

import (
	"slices"
	"strings"
	"testing"
)

// withGraphs resolves a scenario with settings of an engine.
func withGraphs(settings ...string) (*Scenario, *Parts, error) {
	s := Empty("graphs")
	for _, setting := range append([]string{small}, settings...) {
		if err := s.SetText(setting); err != nil {
			return nil, nil, err
		}
	}
	return s.Resolve()
}

func TestGraphsThatNoEngineHasAreRefused(t *testing.T) {
	for _, c := range []struct {
		settings []string
		says     string
	}{
		{[]string{"engine.enforce_eager=true", "engine.cudagraph_mode=piecewise"}, "stands beside enforce_eager"},
		{[]string{"engine.enforce_eager=true", "engine.cudagraph_capture_sizes=[8]"}, "there are none"},
		{[]string{"engine.cudagraph_mode=none", "engine.cudagraph_capture_sizes=[8]"}, "there are none"},
		{[]string{"engine.policy=sglang", "engine.cudagraph_mode=piecewise"}, "whole decode steps alone"},
		{[]string{"engine.policy=vllm-2023", "engine.cudagraph_mode=full_decode"}, "captures no CUDA graphs"},
		{[]string{"engine.cudagraph_mode=full"}, "cudagraph_mode"},
		{[]string{"engine.cudagraph_capture_sizes=[]"}, "no list of batches"},
		{[]string{"engine.cudagraph_capture_sizes=[0, 8]"}, "no list of batches"},
		{[]string{"engine.cudagraph_capture_sizes=[8, 70000]"}, "no list of batches"},
	} {
		if _, _, err := withGraphs(c.settings...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error that says %q", c.settings, err, c.says)
		}
	}
}

// Given sizes stand in order, whatever the limits; no graphs is what an eager engine has; SGLang's largest
// batch, which memory is kept for, is the largest that is given.
func TestGraphsOfAScenario(t *testing.T) {
	s, p, err := withGraphs("engine.cudagraph_capture_sizes=[64, 8, 8, 2000]", "engine.max_num_seqs=4")
	if err != nil {
		t.Fatal(err)
	}
	got := s.graphs(p)
	if !slices.Equal(got.Sizes, []int{8, 64, 2000}) || !got.Whole || !got.Mixed || !got.Rows {
		t.Errorf("%+v", got)
	}
	for _, none := range []string{"engine.cudagraph_mode=none", "engine.enforce_eager=true"} {
		if s, p, err = withGraphs(none); err != nil || s.graphs(p).Sizes != nil {
			t.Errorf("%s: %+v, %v", none, s.graphs(p), err)
		}
	}
	for _, mode := range []string{"piecewise", "full_decode"} {
		if s, p, err = withGraphs("engine.cudagraph_mode=" + mode); err != nil {
			t.Fatal(err)
		}
		if got := s.graphs(p); got.Mixed == got.Whole || got.Whole != (mode == "full_decode") {
			t.Errorf("%s: %+v", mode, got)
		}
	}
	few, _, err := withGraphs("engine.policy=sglang", "engine.cudagraph_capture_sizes=[8]")
	if err != nil {
		t.Fatal(err)
	}
	many, _, err := withGraphs("engine.policy=sglang", "engine.cudagraph_capture_sizes=[8, 2048]")
	if err != nil {
		t.Fatal(err)
	}
	if few.Engine.GPUMemoryUtilization <= many.Engine.GPUMemoryUtilization {
		t.Errorf("a share of %v with graphs of up to 8, %v of up to 2048", few.Engine.GPUMemoryUtilization,
			many.Engine.GPUMemoryUtilization)
	}
}

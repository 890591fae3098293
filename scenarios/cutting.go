package scenarios

import (
	"strconv"

	"github.com/roofserve/roofserve/sim/order"
)

// TensorRT-LLM's ways to cut prompts.
const (
	firstServed   = "FIRST_COME_FIRST_SERVED"
	equalProgress = "EQUAL_PROGRESS"
)

// cuttingKeys are the keys of [engine] about how TensorRT-LLM cuts prompts.
var cuttingKeys = []key{{
	name: "context_chunking_policy", with: []string{"trtllm"},
	names: oneOf("chunking policy", firstServed, equalProgress), unset: "the engine's, `" + firstServed + "`",
	does: "How prompts share a step into which they do not all fit: the first have what there is, or each gets a block's " +
		"tokens in turn. Only with `chunked_prefill` = `true`, and with no `order`.",
	example: strconv.Quote(equalProgress),
}}

// checkProgress refuses prompts that go on equally where that says nothing, or not for whom.
func (s *Scenario) checkProgress() error {
	const key = "engine.context_chunking_policy"
	e := &s.Engine
	switch {
	case !s.source.has(key):
		return nil
	case !*e.ChunkedPrefill:
		return s.source.fault(key, "means nothing where prompts are not cut", "set chunked_prefill = true")
	case e.ContextChunkingPolicy == equalProgress && e.Order != "" && e.Order != order.FCFS:
		return s.source.faultf(key, "leave out engine.order", "%q is modelled for requests that stand as they came", equalProgress)
	}
	return nil
}

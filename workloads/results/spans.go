package results

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/roofserve/roofserve/internal/jsonstream"
)

// spans is OpenTelemetry's traces as JSON: OTLP (one export, or one a line as the collector's file exporter
// writes them), a list of spans as the console exporter prints them, or Jaeger's. Spans that carry gen_ai
// token counts are requests, unless one within it is: then it is the same request seen by an outer layer, or
// an agent's sum over several, and left out.
var spans = Format{
	Name:   "OpenTelemetry spans",
	About:  "OTLP, console or Jaeger JSON: spans with `gen_ai.usage` token counts, their starts, time to first token and ends",
	Source: "github.com/open-telemetry/semantic-conventions, docs/gen-ai/gen-ai-spans.md; github.com/vllm-project/vllm, vllm/tracing.py",
	begins: func(h *head) bool {
		return h.has("resourceSpans") || h.has("spans") || h.has("traceID", "operationName") ||
			h.has("batches") && bytes.Contains(h.text, []byte("pans")) || h.has("resource_spans") ||
			h.has("traceId", "timestamp", "duration", "tags") ||
			h.has("attributes") && (h.has("context") || h.has("startTimeUnixNano") || h.has("start_time")) ||
			h.has("data") && bytes.Contains(h.text, []byte(`"spans"`))
	},
	read: readSpans,
}

func readSpans(d *document) error {
	r := d.run()
	var t spanTree
	for d.Peek() != 0 {
		if err := t.walk(d); err != nil {
			return err
		}
	}
	outer := t.outer()
	for _, s := range t.requests {
		if outer[s.id] {
			continue
		}
		if r.Model == "" {
			r.Model = s.model
		}
		if err := d.keep(r, s.request); err != nil {
			return err
		}
	}
	return nil
}

// spanTree is the spans of a file: those that are requests, and of all whose child each is.
type spanTree struct {
	requests []span
	parents  map[string]string
}

type span struct {
	id, model string
	request   Request
}

// walk looks for spans in the value that comes next.
func (t *spanTree) walk(d *document) error {
	switch d.Peek() {
	case '[':
		return d.Array(func() error { return t.walk(d) })
	case '{':
		return t.object(d)
	}
	return d.Skip()
}

// maxAttributes is the longest part of a span that is read, in bytes; prompts may stand in it.
const maxAttributes = 16 << 20

// object takes a span, or all spans in an object that is none.
func (t *spanTree) object(d *document) error {
	line := d.Line()
	parts := map[string]json.RawMessage{}
	err := d.Object(func(key string) error {
		if other := protobufNames[key]; other != "" {
			key = other
		}
		switch key {
		case "resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "data", "spans", "batches":
			return t.walk(d)
		case "spanId", "parentSpanId", "startTimeUnixNano", "endTimeUnixNano", "attributes", "context", "parent_id",
			"start_time", "end_time", "spanID", "startTime", "duration", "tags", "references", "events",
			"id", "parentId", "timestamp":
			raw, err := d.Raw(maxAttributes)
			parts[key] = bytes.Clone(raw)
			return err
		}
		return d.Skip()
	})
	if err != nil || parts["startTimeUnixNano"] == nil && parts["start_time"] == nil && parts["startTime"] == nil &&
		(parts["timestamp"] == nil || parts["tags"] == nil) {
		return err
	}
	var s rawSpan
	whole, err := json.Marshal(parts)
	if err == nil {
		err = json.Unmarshal(whole, &s)
	}
	if err != nil {
		return &jsonstream.Error{Line: line, Err: fmt.Errorf("is not a span: %w", err)}
	}
	return t.add(&s, line)
}

// protobufNames are OTLP's names as its protocol's description writes them, which some exporters keep.
var protobufNames = map[string]string{"resource_spans": "resourceSpans", "scope_spans": "scopeSpans", "span_id": "spanId",
	"parent_span_id": "parentSpanId", "start_time_unix_nano": "startTimeUnixNano", "end_time_unix_nano": "endTimeUnixNano"}

// rawSpan is a span in any of the notations.
type rawSpan struct {
	SpanID     string          `json:"spanId"`       // OTLP
	Parent     string          `json:"parentSpanId"` // OTLP
	StartNano  json.RawMessage `json:"startTimeUnixNano"`
	EndNano    json.RawMessage `json:"endTimeUnixNano"`
	Attributes json.RawMessage `json:"attributes"`
	Context    struct {
		SpanID string `json:"span_id"`
	} `json:"context"` // console
	ParentID   json.RawMessage `json:"parent_id"`
	Start      json.RawMessage `json:"start_time"`
	End        json.RawMessage `json:"end_time"`
	JaegerID   string          `json:"spanID"` // Jaeger
	Micros     json.RawMessage `json:"startTime"`
	Duration   float64         `json:"duration"`
	Tags       json.RawMessage `json:"tags"`
	References []struct {
		SpanID string `json:"spanID"`
	} `json:"references"`
	ZipkinID     json.RawMessage `json:"id"`
	ZipkinParent json.RawMessage `json:"parentId"`
	ZipkinMicros json.RawMessage `json:"timestamp"`
	Events       json.RawMessage `json:"events"`
}

// attribute is one of a span, of OTLP or Jaeger.
type attribute struct {
	Key   string
	Value json.RawMessage
}

// attributes are those of a span as texts.
func (s *rawSpan) attributes() map[string]string {
	found := map[string]string{}
	for _, from := range []json.RawMessage{s.Attributes, s.Tags} {
		var plain map[string]json.RawMessage
		if json.Unmarshal(from, &plain) == nil {
			for key, value := range plain {
				found[key] = scalar(value)
			}
			continue
		}
		var list []attribute
		if json.Unmarshal(from, &list) != nil {
			continue
		}
		for _, a := range list {
			found[a.Key] = scalar(a.Value)
		}
	}
	return found
}

// scalar is a number or text, which OTLP wraps in an object that names its type.
func scalar(raw json.RawMessage) string {
	var wrapped struct {
		String *string         `json:"stringValue"`
		Int    json.RawMessage `json:"intValue"`
		Double json.RawMessage `json:"doubleValue"`

		SnakeString *string         `json:"string_value"`
		SnakeInt    json.RawMessage `json:"int_value"`
		SnakeDouble json.RawMessage `json:"double_value"`
	}
	if json.Unmarshal(raw, &wrapped) == nil {
		switch {
		case wrapped.String != nil:
			return *wrapped.String
		case wrapped.Int != nil:
			raw = wrapped.Int
		case wrapped.Double != nil:
			raw = wrapped.Double
		case wrapped.SnakeString != nil:
			return *wrapped.SnakeString
		case wrapped.SnakeInt != nil:
			raw = wrapped.SnakeInt
		case wrapped.SnakeDouble != nil:
			raw = wrapped.SnakeDouble
		}
	}
	return strings.Trim(string(raw), `"`)
}

// The attributes that count, by the names that conventions gave them over time.
var (
	inputAttributes  = []string{"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt"}
	outputAttributes = []string{"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens", "llm.token_count.completion"}
	firstAttributes  = []string{"gen_ai.latency.time_to_first_token", "gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token", "llm.latency.time_to_first_token"}
	wholeAttributes  = []string{"gen_ai.latency.e2e", "llm.latency.e2e"}
	modelAttributes  = []string{"gen_ai.response.model", "gen_ai.request.model", "llm.model_name"}
)

// first is the value of the first attribute that there is.
func first(from map[string]string, names []string) string {
	for _, name := range names {
		if v := from[name]; v != "" {
			return v
		}
	}
	return ""
}

func measured(text string) float64 {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return v
	}
	return math.NaN()
}

// add takes note of a span, and of a request where it is one.
func (t *spanTree) add(s *rawSpan, line int) error {
	id, parent := s.ids()
	if t.parents == nil {
		t.parents = map[string]string{}
	}
	if len(t.parents) == MaxRequests {
		return errTooMany
	}
	t.parents[id] = parent
	a := s.attributes()
	input, output := measured(first(a, inputAttributes)), measured(first(a, outputAttributes))
	if math.IsNaN(input) || math.IsNaN(output) {
		return nil
	}
	start, end := s.times()
	q := Request{Start: start, Input: whole(input), Output: whole(output), Line: line,
		TTFT: measured(first(a, firstAttributes)), E2E: measured(first(a, wholeAttributes))}
	if math.IsNaN(q.E2E) {
		q.E2E = end - start
	}
	if first := s.firstToken(); math.IsNaN(q.TTFT) && first >= start {
		q.TTFT = first - start
	}
	t.requests = append(t.requests, span{id: id, model: first(a, modelAttributes), request: q})
	return nil
}

// ids are the span's own and its parent's.
func (s *rawSpan) ids() (id, parent string) {
	id, parent = s.SpanID+s.Context.SpanID+s.JaegerID+scalar(s.ZipkinID), s.Parent+scalar(s.ZipkinParent)
	if text := scalar(s.ParentID); text != "null" {
		parent += text
	}
	if len(s.References) > 0 {
		parent += s.References[0].SpanID
	}
	return id, parent
}

// firstToken is the instant of an event of the span that says so, such as OpenInference's "First Token Stream
// Event"; NaN where there is none.
func (s *rawSpan) firstToken() float64 {
	var events []struct {
		Name string
		Nano json.RawMessage `json:"timeUnixNano"`
		At   json.RawMessage `json:"timestamp"`
	}
	_ = json.Unmarshal(s.Events, &events) // of another form are those of other exporters
	for _, e := range events {
		name := strings.ToLower(e.Name)
		switch {
		case !strings.Contains(name, "first") || !strings.Contains(name, "token"):
		case e.Nano != nil:
			return measured(scalar(e.Nano)) * 1e-9
		default:
			return moment(scalar(e.At))
		}
	}
	return math.NaN()
}

// outer are the spans within which requests stand.
func (t *spanTree) outer() map[string]bool {
	outer := map[string]bool{}
	for i := range t.requests {
		parent := t.parents[t.requests[i].id]
		for range maxSpanDepth {
			if parent == "" {
				break
			}
			outer[parent] = true
			parent = t.parents[parent]
		}
	}
	return outer
}

// maxSpanDepth is how deep spans stand in each other at most; a cycle of ids ends there.
const maxSpanDepth = 64

// times are the span's begin and end in s.
func (s *rawSpan) times() (begin, end float64) {
	switch {
	case s.StartNano != nil:
		return measured(scalar(s.StartNano)) * 1e-9, measured(scalar(s.EndNano)) * 1e-9
	case s.Start != nil:
		return moment(scalar(s.Start)), moment(scalar(s.End))
	}
	micros := s.Micros
	if micros == nil {
		micros = s.ZipkinMicros
	}
	begin = float64(measured(scalar(micros)) * 1e-6)
	return begin, begin + float64(s.Duration*1e-6)
}

// moment is a date and time, or a number of seconds or nanoseconds, in s since 1970.
func moment(text string) float64 {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.Unix()) + float64(float64(t.Nanosecond())*1e-9)
		}
	}
	v := measured(text)
	if v > 1e15 { // seconds end there in 31 million years, nanoseconds began there in January 1970
		return v * 1e-9
	}
	return v
}

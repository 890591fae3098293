package results

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/roofserve/roofserve/internal/names"
)

// calls is logs of calls as gateways and tools that watch applications write them, each under names of its
// own: they are found by usual ones, wherever in a record they stand. It is tried after all that are known by
// name.
var calls = Format{
	Name: "logs of calls (LiteLLM, Langfuse, Helicone, OpenRouter, LangSmith, Phoenix, SageMaker, SGLang, usual names)",
	About: "JSON, one record a line, in one array or in a list below a key, or CSV: start, prompt and output tokens, and end, time to first " +
		"token or latency under usual names, however deep they stand; records that are no calls of a model (`type`, `run_type`, " +
		"`span_kind`) are left out, and the notes say how units were told",
	Source: "docs.litellm.ai, LiteLLM_SpendLogs; langfuse.com/docs, observations; docs.helicone.ai; openrouter.ai/activity; " +
		"docs.smith.langchain.com, run data format; arize.com/docs/phoenix; docs.aws.amazon.com/sagemaker, data capture",
	Loose:  true,
	begins: func(h *head) bool { _, is := h.firstCall(); return is },
	read:   readCalls,
}

// The roles that a record's values may play.
const (
	callStart = iota
	callEnd
	callFirst // the instant of the first token
	callTTFT
	callWhole // its duration
	callInput
	callOutput
	callModel
	callKind
	callEvent
	callRoles
)

// callNames are the usual names of a call's values by their roles, the likelier first.
var callNames = [callRoles][]string{
	callStart: {"starttime", "startedat", "requestcreatedat", "requeststarttime", "requeststart", "starttimestamp",
		"requesttimestamp", "requesttime", "arrivaltime", "arrivedat", "submittime", "submittedat", "sentat", "launchtime", "inferencetime",
		"timestamp", "createdat", "created", "receivedat", "loggingtime", "datetime", "time", "ts"},
	callEnd: {"endtime", "endedat", "completedat", "finishedat", "finishtime", "responsecreatedat", "requestendtime", "requestend",
		"endtimestamp", "responsetimestamp"},
	callFirst: {"completionstarttime", "firsttokentime", "firsttokenat", "firsttokentimestamp", "timefirsttoken"},
	callTTFT:  {"timetofirsttoken", "ttft", "firsttokenlatency", "timetofirstchunk"},
	callWhole: {"e2elatency", "endtoendlatency", "requestlatency", "totallatency", "totaltime", "latency", "duration",
		"requestduration", "responsetime", "generationtime", "delay", "elapsedtime"},
	callInput: {"usageprompttokens", "usageinputtokens", "prompttokens", "inputtokens", "tokensprompt", "tokensinput", "tokensin", "genaitokensinput", "llminputtoken", "requnits", "usageinput",
		"usagedetailsinput", "tokencountprompt", "numprompttokens", "numinputtokens", "prompttokencount", "inputtokencount",
		"inputlength", "inputlen", "promptlen", "promptlength"},
	callOutput: {"usagecompletiontokens", "usageoutputtokens", "completiontokens", "outputtokens", "tokenscompletion",
		"tokensoutput", "tokensout", "genaitokensoutput", "llmoutputtoken", "resunits", "usageoutput", "usagedetailsoutput", "tokencountcompletion", "numcompletiontokens", "numoutputtokens",
		"completiontokencount", "outputtokencount", "candidatestokencount", "outputlength", "outputlen", "completionlen",
		"completionlength", "generationtokens", "generatedtokens"},
	callModel: {"responsemodel", "requestmodel", "modelname", "model", "modelpermaslug"},
	callKind:  {"runtype", "spankind", "observationtype", "type"},
	callEvent: {"event"},
}

// besideInput are the tokens of a prompt that Anthropic counts beside those that its cache does not have.
var besideInput = []string{"cache_creation_input_tokens", "cache_read_input_tokens"}

// besideOutput are the tokens of an answer's thoughts, which Gemini counts beside those of its candidates.
var besideOutput = []string{"thoughtsTokenCount", "thoughts_token_count"}

// otherKinds are records of what is no call of a model, as tools that watch applications name them.
var otherKinds = []string{"span", "event", "tool", "agent", "chain", "retriever", "embedding", "evaluator", "guardrail", "prompt",
	"parser", "reranker", "unknown"}

// call is what a record says of a call.
type call struct {
	request       Request
	model         string
	end, first    float64 // instants in s; NaN where they are not told
	ttft, e2e     float64 // in units of their own
	ttftIn, e2eIn string  // those units; "" where names do not tell them
}

// callIn reads a record; false where it is no call.
func callIn(f *flat) (c call, is bool) {
	if kind, _ := f.find(callKind); slices.Contains(otherKinds, strings.ToLower(kind)) {
		return c, false
	}
	input, at := f.find(callInput)
	output, answer := f.find(callOutput)
	c.request.Start = f.instant(callStart)
	if input == "" || output == "" || math.IsNaN(c.request.Start) {
		return c, false
	}
	tokens := measured(input)
	if at.path[len(at.path)-1] == "input_tokens" {
		for _, name := range besideInput {
			tokens += f.sibling(at, name)
		}
	}
	written := measured(output)
	for _, name := range besideOutput {
		written += f.sibling(answer, name)
	}
	c.request.Input, c.request.Output = whole(tokens), whole(written)
	c.model, _ = f.find(callModel)
	c.end, c.first = f.instant(callEnd), f.instant(callFirst)
	text, of := f.find(callTTFT)
	c.ttft, c.ttftIn = measured(text), of.unit
	text, of = f.find(callWhole)
	c.e2e, c.e2eIn = measured(text), of.unit
	if event, _ := f.find(callEvent); strings.Contains(event, "finish") && math.IsNaN(c.end) { // logged at its end
		c.end, c.request.Start = c.request.Start, math.NaN()
	}
	return c, true
}

// instant is the instant that plays a role; NaN where there is none.
func (f *flat) instant(role int) float64 {
	text, of := f.find(role)
	return instant(text, of.unit)
}

// timed tells whether a call says more than when it began.
func (c *call) timed() bool {
	return !math.IsNaN(c.end) || !math.IsNaN(c.first) || !math.IsNaN(c.ttft) || !math.IsNaN(c.e2e)
}

// instant is a date and time, or a number of the unit that is told, or that its size tells, in s since 1970.
func instant(text, unit string) float64 {
	at := moment(text)
	if scale := secondsIn[unit]; scale > 0 && measured(text) == at {
		return at * scale
	}
	switch {
	case at >= 1e14: // microseconds since 1973; nanoseconds are known to moment
		return at * 1e-6
	case at >= 1e11: // milliseconds since 1973
		return at * 1e-3
	}
	return at
}

// dateLayouts are ways to write an instant; of those without a zone UTC counts.
var dateLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999 MST", "2006/01/02 15:04:05.999999999"}

// firstCall is the first record of a file's beginning, and whether it is a call of which more is known than
// plain columns tell: a latency, or counts that stand deeper.
func (h *head) firstCall() (*flat, bool) {
	d := &document{}
	record := newFlat()
	if h.keys == nil {
		d.in = bufio.NewReader(bytes.NewReader(h.text))
		n, err := newNamed(d)
		if err != nil || len(n.names) < 3 || slices.ContainsFunc(n.header, names.CountsCalls) {
			return nil, false
		}
		if ok, err := n.next(); !ok || err != nil {
			return nil, false
		}
		n.flatten(record)
	} else if !h.countsCalls() {
		d.Scanner = newScanner(h.text)
		_ = d.records(h.text, func() error { // an error where the beginning ends in the midst of a record
			record.leaves = record.leaves[:0]
			err := d.flatten(record, nil)
			if c, is := callIn(record); err == nil && is && (c.timed() || deep(record)) {
				return errStop
			}
			return err
		})
	}
	c, is := callIn(record)
	return record, is && (c.timed() || deep(record))
}

// countsCalls tells whether a record stands for many calls.
func (h *head) countsCalls() bool {
	return h.array && slices.ContainsFunc(slices.Collect(maps.Keys(h.keys)), names.CountsCalls)
}

// deep tells whether a record's counts of tokens do not stand in the record itself.
func deep(f *flat) bool {
	_, of := f.find(callInput)
	return len(of.path) > 1
}

// records takes the records of a document one by one: objects one after the other, those of an array, or of
// the list below a key.
func (d *document) records(begin []byte, take func() error) error {
	key, below := within(begin)
	for d.Peek() != 0 {
		err := d.each(func() error {
			if below && d.Peek() == '{' {
				return d.object(fields{key: func() error { return d.array(take) }})
			}
			return take()
		})
		if err != nil {
			return err
		}
	}
	return d.Err()
}

// readCalls reads a log, and puts its calls in order of their starts.
func readCalls(d *document) error {
	r := d.run()
	log := callLog{models: map[string]int{}, record: newFlat()}
	begin, _ := d.in.Peek(HeadBytes)
	var err error
	if c := newHead(begin); c.keys != nil {
		err = d.records(begin, func() error {
			line := d.Line()
			err := d.flatten(log.record, nil)
			if err == nil {
				err = log.add(line)
			}
			return err
		})
	} else {
		err = log.table(d)
	}
	if err != nil {
		return err
	}
	return log.into(d, r)
}

// callLog is the calls of a file.
type callLog struct {
	list   []call
	models map[string]int
	record *flat // the present one
}

// add takes the present record, if it is a call.
func (l *callLog) add(line int) error {
	c, is := callIn(l.record)
	if l.record.leaves = l.record.leaves[:0]; !is {
		return nil
	}
	if len(l.list) == MaxRequests {
		return errTooMany
	}
	c.request.Line = line
	l.models[c.model]++
	c.model = ""
	l.list = append(l.list, c)
	return nil
}

// table reads CSV.
func (l *callLog) table(d *document) error {
	n, err := newNamed(d)
	if err != nil {
		return err
	}
	return n.each(func() error {
		n.flatten(l.record)
		return l.add(n.Line())
	})
}

// into gives a result the calls, once all have told which units they are in.
func (l *callLog) into(d *document, r *Result) error {
	for model, n := range l.models {
		if n == len(l.list) {
			r.Model = model
		}
	}
	l.units(r)
	for i := range l.list {
		c := &l.list[i]
		if q := &c.request; math.IsNaN(q.Start) {
			q.Start = c.end - q.E2E
		}
	}
	slices.SortStableFunc(l.list, func(a, b call) int { return cmp.Compare(a.request.Start, b.request.Start) })
	for i := range l.list {
		if err := d.keep(r, l.list[i].request); err != nil {
			return err
		}
	}
	return nil
}

// units gives all calls their latencies in s. What instants tell goes before what is written as a duration; a
// duration whose name tells no unit is in seconds, unless a first token then comes after the last in any
// call, or, where there is nothing to hold it against, calls would take minutes in the median.
func (l *callLog) units(r *Result) {
	late, asSeconds := false, []float64{}
	for i := range l.list {
		c := &l.list[i]
		c.request.E2E = math.NaN()
		if c.end >= c.request.Start {
			c.request.E2E = c.end - c.request.Start
		} else if c.e2eIn != "" {
			c.request.E2E = c.e2e * secondsIn[c.e2eIn]
		} else if !math.IsNaN(c.e2e) {
			asSeconds = append(asSeconds, c.e2e)
		}
		late = late || c.ttftIn == "" && c.ttft > c.request.E2E
	}
	slices.Sort(asSeconds)
	unit := 1.0
	if n := len(asSeconds); n > 0 {
		if asSeconds[n/2] > longMedian {
			unit = 1e-3
		}
		r.Notes = append(r.Notes, fmt.Sprintf("no unit of its latencies is told: %g s is taken, as their size tells", unit))
	}
	first := 1.0
	if late || unit < 1 {
		first = 1e-3
	}
	for i := range l.list {
		c := &l.list[i]
		q := &c.request
		if math.IsNaN(q.E2E) && c.e2eIn == "" {
			q.E2E = c.e2e * unit
		}
		switch q.TTFT = math.NaN(); {
		case c.first >= q.Start:
			q.TTFT = c.first - q.Start
		case c.ttftIn != "":
			q.TTFT = c.ttft * secondsIn[c.ttftIn]
		default:
			q.TTFT = c.ttft * first
		}
		if q.TTFT > q.E2E || q.TTFT <= 0 { // 0 stands for what was not streamed
			q.TTFT = math.NaN()
		}
	}
}

// longMedian is how long, in s, half of all calls do not take: no service waits for so long by default.
const longMedian = 120

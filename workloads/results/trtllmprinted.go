package results

import (
	"bytes"
	"math"
	"strings"
)

// trtllmPrinted is the report that `trtllm-bench` prints at a run's end, among whatever else a log holds. Its
// overview alone, as people quote it, has no lengths.
var trtllmPrinted = Format{
	Name: "trtllm-bench, printed",
	About: "the sections `REQUEST DETAILS`, `WORLD + RUNTIME INFORMATION` and `PERFORMANCE OVERVIEW`: means; latencies of tokens with " +
		"`--streaming`, and answers a second without",
	Source:  trtllm.Source,
	printed: true,
	begins: func(h *head) bool {
		for _, name := range trtllmSections {
			if bytes.Contains(h.text, []byte(name)) {
				return true
			}
		}
		return false
	},
	read: readTRTLLMPrinted,
}

// trtllmOverview is the heading of the section with the measures; trtllmSections are what a report begins
// with.
const trtllmOverview = "PERFORMANCE OVERVIEW"

var trtllmSections = []string{"= " + trtllmOverview, "= PYTORCH BACKEND", "= ENGINE DETAILS", "= REQUEST DETAILS"}

// What the rows of the report hold.
const (
	trtModel = iota
	trtVersion
	trtWeights
	trtCache
	trtTP
	trtPP
	trtEP
	trtRequests
	trtInFlight
	trtInput
	trtOutput
	trtAnswered
	trtTTFT
	trtTPOT
)

var trtllmRows = map[string]int{
	"Model": trtModel, "TensorRT-LLM Version": trtVersion, "TensorRT LLM Version": trtVersion,
	"KV Cache Dtype": trtCache, "Quantization": trtWeights, "TP Size": trtTP, "PP Size": trtPP, "EP Size": trtEP,
	"Number of requests": trtRequests, "Number of concurrent requests": trtInFlight,
	"Average Input Length (tokens)": trtInput, "Average Output Length (tokens)": trtOutput,
	"Request Throughput (req/sec)":              trtAnswered,
	"Average time-to-first-token [TTFT] (ms)":   trtTTFT,
	"Average time-per-output-token [TPOT] (ms)": trtTPOT,
	"[TTFT] AVERAGE":                            trtTTFT, "[TPOT] AVERAGE": trtTPOT,
}

// trtllmReport is a run as its rows are met.
type trtllmReport struct {
	Result
	weights, cache string
	inFlight       float64
	met, measured  bool // any section, and the overview
}

func readTRTLLMPrinted(d *document) error {
	report, asked := newTRTLLMReport(), told{}
	finish := func() {
		if report.measured {
			*d.run() = report.result(asked)
		}
		report = newTRTLLMReport()
	}
	err := d.lines(func(line string) {
		heading := strings.TrimSpace(line)
		switch _, name, is := strings.Cut(heading, "= "); {
		case is && strings.HasPrefix(name, trtllmOverview):
			if report.measured {
				finish()
			}
			report.met, report.measured = true, true
		case is && (strings.HasSuffix(name, " BACKEND") || strings.HasPrefix(name, "ENGINE DETAILS")):
			finish()
			report.met = true
		case is && strings.HasPrefix(name, "REQUEST DETAILS"):
			if report.measured {
				finish()
			}
			report.met = true
		case report.met && strings.Contains(line, ", memory ") && strings.Contains(line, " GB"):
			report.Deployed.System, _, _ = strings.Cut(heading, ", memory ")
		case report.met:
			if which, value, is := labelled(line, trtllmRows); is {
				report.row(which, value)
			}
		default:
			asked.take(line)
		}
	})
	finish()
	return err
}

func newTRTLLMReport() trtllmReport {
	return trtllmReport{Result: Result{Means: unmeasured(), Engine: "tensorrt-llm"}, inFlight: math.NaN()}
}

// row takes a row of the report.
func (t *trtllmReport) row(which int, value string) {
	p, m, v := &t.Deployed, &t.Means, figure(value)
	switch which {
	case trtModel:
		t.Model = value
	case trtVersion:
		p.EngineVersion = value
	case trtWeights:
		t.weights = value
	case trtCache:
		t.cache = value
	case trtTP:
		p.TP = whole(v)
	case trtPP:
		p.PP = whole(v)
	case trtEP:
		p.EP = beyondOne(whole(v))
	case trtRequests:
		m.Requests = whole(v)
	case trtInFlight:
		t.inFlight = v
	case trtInput:
		m.Input = v
	case trtOutput:
		m.Output = v
	case trtAnswered:
		m.Answered = max(0, known(v))
	case trtTTFT:
		m.TTFT = v
	case trtTPOT:
		m.TPOT = v
	}
}

// result is the run, with as many requests in flight as the command said, or else as there were on average.
func (t *trtllmReport) result(asked told) Result {
	r := t.Result
	r.Deployed.weightsNamed(t.weights, r.Model)
	r.Deployed.cacheNamed(t.cache)
	r.Deployed.GPUs = r.Deployed.TP * max(1, r.Deployed.PP)
	if r.Concurrency = whole(asked.number("users")); r.Concurrency > 0 {
		return r
	}
	if r.Concurrency = whole(math.Ceil(t.inFlight)); r.Concurrency > 0 {
		r.Notes = append(r.Notes, meanInFlight)
	}
	return r
}

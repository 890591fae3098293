package results

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
)

// requestLog is what vLLM's and SGLang's servers print of each request, among whatever else a log holds.
// vLLM says when a request came and how long its answer may be; SGLang also when it ended, and how long it
// was.
var requestLog = Format{
	Name: "log of a server (vLLM, SGLang)",
	About: "lines `Received request …` of vLLM with `--enable-log-requests`: arrivals, prompts by `prompt_token_ids` or by their characters, " +
		"answers as long as `max_tokens` allows; lines `Finish: …` of SGLang with `--log-requests`: lengths and latencies",
	Source:  "github.com/vllm-project/vllm, vllm/entrypoints/logger.py; github.com/sgl-project/sglang, docs on --log-requests",
	printed: true,
	begins: func(h *head) bool {
		return bytes.Contains(h.text, []byte("Received request ")) && bytes.Contains(h.text, []byte("SamplingParams(")) ||
			bytes.Contains(h.text, []byte("Finish: obj="))
	},
	read: readRequestLog,
}

var (
	logInstant = regexp.MustCompile(`(?:(\d{4})-)?(\d\d)-(\d\d)[ T](\d\d:\d\d:\d\d(?:[.,]\d+)?)`)
	logAnswer  = regexp.MustCompile(`max_tokens=(\d+)`)
	logIDs     = regexp.MustCompile(`prompt_token_ids: \[([^\]]*)\]`)
	logPrompt  = regexp.MustCompile(`Received request [^:]*: prompt: (.*), params: SamplingParams\(`)
	logCounts  = regexp.MustCompile(`'prompt_tokens': (\d+).*'completion_tokens': (\d+)`)
	logWhole   = regexp.MustCompile(`'e2e_latency': ([0-9.]+)`)
)

// readRequestLog reads a log line by line.
func readRequestLog(d *document) error {
	lines := newLines(d.in)
	r := d.run()
	counted, characters, unknown := 0, 0, 0
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		q := Request{Start: logged(line), TTFT: math.NaN(), E2E: math.NaN(), Line: n}
		switch {
		case strings.Contains(line, "Received request ") && strings.Contains(line, "SamplingParams("):
			if limit := logAnswer.FindStringSubmatch(line); limit != nil {
				q.Output = whole(measured(limit[1]))
			} else {
				unknown++
			}
			if ids := logIDs.FindStringSubmatch(line); ids != nil && strings.TrimSpace(ids[1]) != "" {
				q.Input = strings.Count(ids[1], ",") + 1
				counted++
			} else if prompt := logPrompt.FindStringSubmatch(line); prompt != nil {
				q.Input = max(1, (len([]rune(prompt[1]))-2+charactersPerToken-1)/charactersPerToken) // less its quotes
				characters++
			}
		case strings.Contains(line, "Finish: obj="):
			counts := logCounts.FindStringSubmatch(line)
			if counts == nil {
				continue
			}
			q.Input, q.Output = whole(measured(counts[1])), whole(measured(counts[2]))
			if took := logWhole.FindStringSubmatch(line); took != nil {
				q.E2E = measured(took[1])
				q.Start -= q.E2E
			}
		default:
			continue
		}
		if err := d.keep(r, q); err != nil {
			return err
		}
	}
	r.remarkLog(counted, characters, unknown)
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("has a line of more than %d bytes", maxPrintedLine)
	}
	return lines.Err()
}

// remarkLog says what a log does not tell.
func (r *Result) remarkLog(counted, characters, unknown int) {
	if counted+characters > 0 {
		r.Notes = append(r.Notes, "says how long answers may be at most, not how long they were: that is taken")
	}
	if characters > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("prompts without token ids (%d): %d characters are taken for a token", characters, charactersPerToken))
	}
	if unknown > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("requests whose answers have no limit (%d) are left out", unknown))
	}
}

// logged is the instant at the beginning of a line, in s; NaN where there is none. Where the year is not
// told, any will do, as instants count from the first.
func logged(line string) float64 {
	found := logInstant.FindStringSubmatch(line[:min(len(line), maxLeaf)])
	if found == nil {
		return math.NaN()
	}
	year := found[1]
	if year == "" {
		year = "2000" // which has a 29th of February
	}
	at, err := time.Parse("2006-01-02 15:04:05", fmt.Sprintf("%s-%s-%s %s", year, found[2], found[3], strings.Replace(found[4], ",", ".", 1)))
	if err != nil {
		return math.NaN()
	}
	return float64(at.Unix()) + float64(float64(at.Nanosecond())*1e-9)
}

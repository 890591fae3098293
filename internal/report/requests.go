package report

import (
	"bufio"
	"io"
	"strconv"

	"github.com/roofserve/roofserve/sim"
)

// Requests writes one CSV row for each finished request as it finishes, and keeps none.
type Requests struct {
	w   *bufio.Writer
	row []byte
}

// requestColumns heads the file: times in seconds since the start of the workload, latencies in ms.
const requestColumns = "index,arrival_s,first_token_s,last_token_s,input_tokens,output_tokens,cached_tokens,preemptions,failed,ttft_ms,tpot_ms,e2el_ms\n"

// NewRequests starts the file with its header.
func NewRequests(w io.Writer) *Requests {
	r := &Requests{w: bufio.NewWriter(w)}
	r.w.WriteString(requestColumns) // a write error stays in the writer until Close
	return r
}

// Add writes a request.
func (r *Requests) Add(f *sim.Finished) {
	b := strconv.AppendInt(r.row[:0], int64(f.Index), 10)
	b = appendNumber(b, float64(f.Arrival.Seconds()))
	if f.Failed {
		b = append(b, ",,"...)
	} else {
		b = appendNumber(b, float64(f.FirstToken.Seconds()))
		b = appendNumber(b, float64(f.LastToken.Seconds()))
	}
	for _, n := range []int{f.Input, f.Output, f.Cached, f.Preemptions} {
		b = append(b, ',')
		b = strconv.AppendInt(b, int64(n), 10)
	}
	b = append(b, ',')
	b = strconv.AppendBool(b, f.Failed)
	if f.Failed {
		b = append(b, ",,,"...)
	} else {
		b = appendNumber(b, (f.FirstToken - f.Arrival).Milliseconds())
		b = appendTPOT(b, f)
		b = appendNumber(b, (f.LastToken - f.Arrival).Milliseconds())
	}
	r.row = append(b, '\n')
	r.w.Write(r.row)
}

// appendTPOT leaves the cell empty for a single output token, which has no gap.
func appendTPOT(b []byte, f *sim.Finished) []byte {
	if f.Output < 2 {
		return append(b, ',')
	}
	gap := f.LastToken - f.FirstToken
	return appendNumber(b, gap.Milliseconds()/float64(f.Output-1))
}

func appendNumber(b []byte, v float64) []byte {
	b = append(b, ',')
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// Close writes what is buffered and reports the first error met.
func (r *Requests) Close() error { return r.w.Flush() }

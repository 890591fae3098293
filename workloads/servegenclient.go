package workloads

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/portable"
)

// serveGenClient is one client of ServeGen's.
type serveGenClient struct {
	random  stream
	windows []serveGenWindow
	lengths serveGenLengths
}

// serveGenWindow is a stretch of time in which a client had one rate.
type serveGenWindow struct {
	begin, seconds float64
	rate           float64
	requests       int
	weibull        bool // or a gamma distribution
	shape          float64
}

// newServeGenClient reads a client's rates, and opens its lengths; its files' names begin so.
func newServeGenClient(begin string, random stream) (*serveGenClient, error) {
	c := &serveGenClient{random: random}
	file := begin + "trace.csv"
	text, err := bounded.ReadFile(file, bounded.TOML)
	if err != nil {
		return nil, cannotOpen(file, err)
	}
	number := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		w, wrong := newServeGenWindow(strings.Split(line, ","))
		if last := len(c.windows) - 1; wrong == "" && last >= 0 && !(w.begin > c.windows[last].begin) {
			wrong = "begins before the window above it"
		}
		if wrong != "" {
			return nil, &fault.Error{File: file, Line: number, Wrong: wrong,
				Right: "write the window's begin in s, rate, cv, Gamma or Weibull, shape, scale"}
		}
		c.windows = append(c.windows, w)
	}
	if err := c.count(file); err != nil {
		return nil, err
	}
	c.lengths.file = begin + "dataset.json"
	return c, c.lengths.open()
}

// newServeGenWindow reads a row: begin, rate, coefficient of variation, distribution of gaps, shape, scale.
func newServeGenWindow(row []string) (w serveGenWindow, wrong string) {
	if len(row) != 6 {
		return w, fmt.Sprintf("has %d columns", len(row))
	}
	for i, to := range []*float64{&w.begin, &w.rate, new(float64), nil, &w.shape, new(float64)} {
		if to == nil {
			continue
		}
		var err error
		if *to, err = strconv.ParseFloat(strings.TrimSpace(row[i]), 64); err != nil || !(*to >= 0 && *to < 1e12) {
			return w, fmt.Sprintf("%q is no number from 0", row[i])
		}
	}
	switch w.weibull = row[3] == "Weibull"; {
	case row[3] == "":
		w.rate = 0
	case !w.weibull && row[3] != "Gamma":
		return w, fmt.Sprintf("gaps of %q", row[3])
	case !(w.shape > 0.01 && w.shape < 1e6):
		return w, fmt.Sprintf("gaps of shape %g", w.shape)
	case w.begin > MaxSpan:
		return w, "begins too late"
	}
	return w, ""
}

// count gives each window its length, the last that of the one before, and how many requests were in it.
func (c *serveGenClient) count(file string) error {
	if len(c.windows) < 2 {
		return &fault.Error{File: file, Wrong: "has fewer than two windows", Right: "give a client of ServeGen"}
	}
	for i := range c.windows {
		w, k := &c.windows[i], min(i, len(c.windows)-2)
		w.seconds = c.windows[k+1].begin - c.windows[k].begin
		requests := float64(w.rate * w.seconds)
		if !(requests < maxServeGenWindow) {
			return &fault.Error{File: file, Wrong: fmt.Sprintf("has %g requests in a window", requests), Right: "give a client of ServeGen"}
		}
		w.requests = int(requests + 0.5)
	}
	return nil
}

// draw appends the requests of a window. Its gaps are drawn from their distribution, and fill the window.
func (c *serveGenClient) draw(window int, to []serveGenRequest) ([]serveGenRequest, error) {
	w := &c.windows[window]
	if w.requests == 0 {
		return to, nil
	}
	input, output, err := c.lengths.at(w.begin)
	if err != nil || len(input) == 0 || len(output) == 0 {
		return to, err // a window without lengths has none in ServeGen either
	}
	ends := make([]float64, w.requests+1)
	sum := 0.0
	for i := range ends {
		gap := 0.0
		if w.weibull {
			gap = portable.Pow(c.random.exponential(), 1/w.shape)
		} else {
			gap = c.random.gamma(w.shape)
		}
		sum += gap
		ends[i] = sum
	}
	for _, end := range ends[:w.requests] {
		seconds := w.begin + float64(w.seconds*float64(end/max(sum, 1e-300)))
		to = append(to, serveGenRequest{units.Seconds(seconds).Picoseconds(), input.draw(c.random),
			output.draw(c.random)})
	}
	return to, nil
}

// serveGenLengths are a client's distributions of lengths, read as time goes on.
type serveGenLengths struct {
	file          string
	from          io.Closer
	json          *json.Decoder
	input, output distribution // of the present stretch
	next          float64      // when the next one begins
	after         map[string]json.RawMessage
	ended         bool
}

// distribution is lengths with the probability of each or a smaller one.
type distribution []chance

type chance struct {
	tokens  int32
	upwards float64
}

func (d distribution) draw(random stream) int32 {
	u := float64(random.uniform() * d[len(d)-1].upwards)
	i, _ := slices.BinarySearchFunc(d, u, func(c chance, u float64) int { return cmp.Compare(c.upwards, u) })
	return d[min(i, len(d)-1)].tokens
}

// open begins to read.
func (l *serveGenLengths) open() error {
	file, err := bounded.Open(l.file)
	if err != nil {
		return cannotOpen(l.file, err)
	}
	l.from, l.json = file, json.NewDecoder(io.LimitReader(file, bounded.Result))
	if begin, err := l.json.Token(); err != nil || begin != json.Delim('{') {
		file.Close()
		return l.wrong("is no object of windows")
	}
	if err := l.ahead(); err != nil {
		file.Close()
		return err
	}
	return nil
}

func (l *serveGenLengths) close() error {
	if l.ended {
		return nil
	}
	l.ended, l.after = true, nil
	return l.from.Close()
}

func (l *serveGenLengths) wrong(what string) error {
	return &fault.Error{File: l.file, Wrong: what, Right: "give a client of ServeGen, whole (not the pointer that Git LFS leaves)"}
}

// at are the distributions of a window that begins then: those of the last stretch that has begun.
func (l *serveGenLengths) at(begin float64) (input, output distribution, err error) {
	for l.after != nil && l.next <= begin {
		in, out, err := l.read()
		if err != nil {
			return nil, nil, err
		}
		if len(in) > 0 && len(out) > 0 { // ServeGen leaves out those that are empty
			l.input, l.output = in, out
		}
		if err := l.ahead(); err != nil {
			return nil, nil, err
		}
	}
	return l.input, l.output, nil
}

// ahead reads the next stretch as it stands in the file.
func (l *serveGenLengths) ahead() error {
	l.after = nil
	if l.ended {
		return nil
	}
	if !l.json.More() {
		if end, err := l.json.Token(); err != nil || end != json.Delim('}') {
			return l.wrong("is not JSON to its end")
		}
		return l.close()
	}
	key, err := l.json.Token()
	name, is := key.(string)
	if err != nil || !is {
		return l.wrong("is not JSON to its end")
	}
	if l.next, err = strconv.ParseFloat(name, 64); err != nil {
		return l.wrong(fmt.Sprintf("has %.20q for a time in s", name))
	}
	if err := l.json.Decode(&l.after); err != nil || l.after == nil {
		return l.wrong("has no distributions at " + name + " s")
	}
	return nil
}

// read makes the distributions of the stretch that was read.
func (l *serveGenLengths) read() (input, output distribution, err error) {
	if input, err = l.lengths("input_tokens"); err == nil {
		output, err = l.lengths("output_tokens")
	}
	return input, output, err
}

func (l *serveGenLengths) lengths(key string) (distribution, error) {
	var text string
	if json.Unmarshal(l.after[key], &text) != nil {
		return nil, l.wrong("has no text of " + key)
	}
	return l.parse(key, text)
}

// parse reads what Python writes of a dict: {224: 0.0003, 225: 0.0007}. ServeGen counts lengths from 0, and
// a request has at least a token.
func (l *serveGenLengths) parse(key, text string) (distribution, error) {
	text = strings.TrimSpace(strings.Trim(strings.TrimSpace(text), "{}"))
	if text == "" {
		return nil, nil
	}
	parts := strings.Split(text, ",")
	list := make(distribution, len(parts))
	sum := 0.0
	for i, part := range parts {
		length, share, _ := strings.Cut(part, ":")
		tokens, err := strconv.Atoi(strings.TrimSpace(length))
		probability, bad := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || bad != nil || tokens < 0 || tokens > MaxTokens || !(probability >= 0 && probability <= 1) {
			return nil, l.wrong(fmt.Sprintf("has %.40q in %s", part, key))
		}
		sum += probability
		list[i].tokens, list[i].upwards = int32(max(1, tokens)), sum
	}
	if !(sum > 0) {
		return nil, l.wrong("has no probabilities in " + key)
	}
	return list, nil
}

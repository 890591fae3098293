package workloads

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
)

// serveGenFormat is ServeGen's clients: what each did in each window of a week, of which requests are drawn.
var serveGenFormat = format{
	name: "clients of ServeGen",
	about: "a folder of `chunk-N-trace.csv` and `chunk-N-dataset.json`, or one of these files: of each client and window the rate, and " +
		"the kind and shape of its gaps (Gamma, Weibull), and distributions of `input_tokens` and `output_tokens`; requests are " +
		"drawn, as many in each window as there were",
	source: "github.com/alibaba/ServeGen, README and servegen/clientpool.py",
}

// chunkFile is a client's file; both of its files have one number.
var chunkFile = regexp.MustCompile(`^(chunk-\d+-)(trace\.csv|dataset\.json)$`)

const (
	maxServeGenClients = 900     // each has a file open
	maxServeGenWindow  = 4 << 20 // requests of a client in a window
)

// serveGen draws the requests of clients, a window after the other.
type serveGen struct {
	clients []*serveGenClient
	window  int // next
	drawn   []serveGenRequest
	next    int
	notes   []string
	err     error
}

type serveGenRequest struct {
	at            units.Picoseconds
	input, output int32
}

// serveGenFolder is the folder of a path that is one of ServeGen's, and the beginning of the names of the
// files that are meant: all of a folder's, or one client's.
func serveGenFolder(path string) (folder, begin string, is bool) {
	if m := chunkFile.FindStringSubmatch(filepath.Base(path)); m != nil && bounded.IsRegular(path) {
		return filepath.Dir(path), m[1], true
	}
	if info, err := bounded.Stat(path); err == nil && info.IsDir() {
		return path, "chunk-", true
	}
	return "", "", false
}

// openServeGen opens clients.
func openServeGen(name, folder, begin string, options Options) (Source, error) {
	files, err := bounded.ReadDir(folder)
	if err != nil {
		return nil, cannotOpen(name, err)
	}
	var s serveGen
	seed := cmp.Or(options.Seed, 1)
	for _, file := range files {
		m := chunkFile.FindStringSubmatch(file.Name())
		if m == nil || m[2] != "trace.csv" || !strings.HasPrefix(m[1], begin) {
			continue
		}
		if len(s.clients) == maxServeGenClients {
			s.Close()
			return nil, &fault.Error{File: name, Wrong: fmt.Sprintf("has more than %d clients", maxServeGenClients),
				Right: "put some in a folder of their own"}
		}
		client, err := newServeGenClient(filepath.Join(folder, m[1]), newStream(seed, m[1]))
		if err != nil {
			s.Close()
			return nil, err
		}
		s.clients = append(s.clients, client)
	}
	if len(s.clients) == 0 {
		return nil, &fault.Error{File: name, Wrong: "is a folder without clients of ServeGen",
			Right: "give a folder of chunk-N-trace.csv and chunk-N-dataset.json, or a file"}
	}
	s.notes = []string{fmt.Sprintf("%s: requests of %d %s are drawn, as many in each window as there were; contents and turns "+
		"are not told", name, len(s.clients), units.Plural(len(s.clients), "client"))}
	if options.Requests > 0 {
		return First(&s, options.Requests), nil
	}
	return &s, nil
}

// Next implements Source.
func (s *serveGen) Next(r *Request) bool {
	for s.next == len(s.drawn) {
		if !s.draw() {
			return false
		}
	}
	q := s.drawn[s.next]
	s.next++
	*r = Request{Arrival: q.at, Input: int(q.input), Output: int(q.output)}
	return true
}

// draw draws the requests of the next window; false where there is none.
func (s *serveGen) draw() bool {
	s.drawn, s.next = s.drawn[:0], 0
	more := false
	for _, c := range s.clients {
		if s.window >= len(c.windows) || s.err != nil {
			continue
		}
		more = true
		s.drawn, s.err = c.draw(s.window, s.drawn)
	}
	s.window++
	if s.err != nil || !more {
		s.drawn = s.drawn[:0]
		s.Close()
		return false
	}
	slices.SortStableFunc(s.drawn, func(a, b serveGenRequest) int { return cmp.Compare(a.at, b.at) })
	return true
}

// Err implements Source.
func (s *serveGen) Err() error { return s.err }

// Notes implements Noted.
func (s *serveGen) Notes() []string { return s.notes }

// Close implements io.Closer.
func (s *serveGen) Close() error {
	var all error
	for _, c := range s.clients {
		all = errors.Join(all, c.lengths.close())
	}
	return all
}

// Turns implements Turning.
func (*serveGen) Turns() bool { return false }

func (*serveGen) recognised() string { return serveGenFormat.name }

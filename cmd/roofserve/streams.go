package main

import (
	"io"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// stream is a file that grows with each finished request. It gets its name only when the run is over.
type stream struct {
	path   string
	file   *atomicfile.File // nil for stdout
	add    func(*sim.Finished)
	watch  sim.Watching
	class  func(request int, class string) // nil where it does not ask for classes
	finish func(*scenarios.Run) error      // writes what ends the file
}

// streams are the files that the flags of a run ask for.
type streams []*stream

// openStreams creates a file for each path that is asked for.
func openStreams(t terminal, s *scenarios.Scenario, requestsPath, tracePath string) (streams, error) {
	var list streams
	for _, kind := range []struct {
		path  string
		start func(io.Writer, *scenarios.Scenario) *stream
	}{{requestsPath, requestRows}, {tracePath, traceEvents}} {
		if kind.path == "" {
			continue
		}
		if kind.path == stdoutName {
			list = append(list, kind.start(t.out, s))
			continue
		}
		file, err := atomicfile.Create(kind.path)
		if err != nil {
			list.abort()
			return nil, cannotWrite(kind.path, err)
		}
		f := kind.start(file, s)
		f.path, f.file = kind.path, file
		list = append(list, f)
	}
	return list, nil
}

// requestRows writes one CSV row for each request.
func requestRows(w io.Writer, s *scenarios.Scenario) *stream {
	rows := report.NewRequests(w, s)
	return &stream{add: rows.Add, class: rows.OnClass(),
		finish: func(*scenarios.Run) error { return rows.Close() }}
}

// traceEvents writes the spans of each request, and what happens at replicas.
func traceEvents(w io.Writer, _ *scenarios.Scenario) *stream {
	trace := report.NewTrace(w)
	return &stream{add: trace.Add, finish: func(*scenarios.Run) error { return trace.Close() },
		watch: sim.Watching{Landed: trace.Landed, Sent: trace.Sent, Moved: trace.Moved}}
}

// watching is what one of the files wants to be told of.
func (list streams) watching() (w sim.Watching) {
	for _, s := range list {
		if s.watch.Landed != nil {
			w = s.watch
		}
	}
	return w
}

// onClass is how one of the files is told of requests' classes; nil where none asks.
func (list streams) onClass() func(request int, class string) {
	for _, s := range list {
		if s.class != nil {
			return s.class
		}
	}
	return nil
}

// onFinish hands every finished request to all files; nil where there are none, which lets replicas be
// simulated in parallel.
func (list streams) onFinish() func(*sim.Finished) {
	if len(list) == 0 {
		return nil
	}
	return func(f *sim.Finished) {
		for _, s := range list {
			s.add(f)
		}
	}
}

// commit gives the files their names.
func (list streams) commit(r *scenarios.Run) error {
	for _, s := range list {
		err := s.finish(r)
		if s.file == nil {
			if err != nil {
				return cannotWrite("stdout", err)
			}
			continue
		}
		if err == nil {
			err = s.file.Commit()
		}
		if err != nil {
			return cannotWrite(s.path, err)
		}
	}
	return nil
}

// abort drops what was not committed.
func (list streams) abort() {
	for _, s := range list {
		if s.file != nil {
			s.file.Abort()
		}
	}
}

package bench

import (
	"bufio"
	"fmt"
	"os"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/workloads"
)

// feed gives a load's runs their requests.
type feed struct {
	load     *Load
	requests int // 0: the scenario's own number
	service  *service
	mooncake string // the trace's file
	csv      string // the file of a load from CSV
	trials   trials
	swept    *scenarios.Scenario // of a load of several cases, which share what they have in common
}

// mooncakeScale slows Mooncake's conversations down to where nothing queues, so that the cache alone shapes
// the run.
const mooncakeScale = 0.1

// scenario builds the load's scenario with its own workload.
func (f *feed) scenario() (*scenarios.Built, error) {
	s, err := f.load.scenario(f.requests)
	if err != nil {
		return nil, err
	}
	return s.Build()
}

// sweptCase builds case i of a load that has several, each with a seed of its own.
func (f *feed) sweptCase(i int) (*scenarios.Built, error) {
	if f.swept == nil {
		var err error
		if f.swept, err = f.load.scenario(f.requests / f.load.Cases); err != nil {
			return nil, err
		}
	}
	s := *f.swept
	if err := s.Set("workload.synthetic.seed", i+1, f.load.Name); err != nil {
		return nil, err
	}
	return s.Build()
}

// build makes case i of the load ready to run.
func (f *feed) build(i int) (*scenarios.Built, error) {
	if f.load.Cases > 0 {
		return f.sweptCase(i)
	}
	b, err := f.scenario()
	if err != nil {
		return nil, err
	}
	var w workloads.Source
	switch f.load.From {
	case fromCSV:
		w, err = workloads.Open(f.csv, "", workloads.Options{})
	case fromService:
		w, err = f.service.week(f.requests)
	case fromMooncake:
		w, err = f.conversations()
	default:
		return b, nil
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, b.Serve(w)
}

// conversations are Mooncake's, over and over.
func (f *feed) conversations() (workloads.Source, error) {
	open := func() (workloads.Source, error) { return workloads.Open(f.mooncake, "", workloads.Options{}) }
	one, err := open()
	if err != nil {
		return nil, err
	}
	rows, err := count(one)
	if err != nil {
		return nil, err
	}
	w, err := workloads.Repeat(open, units.CeilDiv(f.requests, rows))
	if err != nil {
		return nil, err
	}
	return workloads.Scale(workloads.First(w, f.requests), mooncakeScale)
}

// count reads a source to its end.
func count(w workloads.Source) (rows int, err error) {
	var r workloads.Request
	for w.Next(&r) {
		rows++
	}
	return rows, w.Err()
}

// prepare writes the file of a load from CSV. The caller removes it by calling the function returned.
func (f *feed) prepare() (remove func(), err error) {
	if f.load.From != fromCSV {
		return func() {}, nil
	}
	b, err := f.scenario()
	if err != nil {
		return nil, err
	}
	defer b.Close()
	file, err := os.CreateTemp("", "roofserve-bench-*.csv")
	if err != nil {
		return nil, err
	}
	f.csv = file.Name()
	remove = func() { os.Remove(f.csv) }
	err = writeCSV(file, b.Source())
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		remove()
	}
	return remove, err
}

func writeCSV(file *os.File, w workloads.Source) error {
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, "arrival,input,output") // a write error stays in the writer until Flush
	var r workloads.Request
	for w.Next(&r) {
		fmt.Fprintf(out, "%d.%012d,%d,%d\n", r.Arrival/1e12, r.Arrival%1e12, r.Input, r.Output)
	}
	if err := w.Err(); err != nil {
		return err
	}
	return out.Flush()
}

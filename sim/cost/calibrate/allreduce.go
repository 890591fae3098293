package calibrate

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// allReduceProblems reads a device's all-reduces within a node as engines run them from CUDA graphs.
func allReduceProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_allreduce.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
		p := set.of("allreduce", r.Text("engine"))
		sample := messageSample(r, func(s *kernels.Set, ranks int, bytes units.Bytes) units.Seconds {
			return s.AllReduce.Time(d, ranks, ranks, bytes)
		})
		if strings.HasSuffix(r.Text("kernel"), "_eager") {
			p.drop("outside CUDA graphs, with a floor of the host's")
			return
		}
		p.add(r.Text("engine"), sample)
	})
	return set.sorted(), err
}

// launchProblems reads what a small all-reduce takes outside CUDA graphs: the host's time to launch an
// operator from Python.
func launchProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	const largest = 64 << 10 // bytes; above, the device may take longer than the host
	source := prefix + "_allreduce.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
		if !strings.HasSuffix(r.Text("kernel"), "_eager") {
			return
		}
		p := set.of("launch", r.Text("engine"))
		if messageSize(r)*2 > largest {
			p.drop("large enough for the device to take longer than the host")
			return
		}
		p.add(r.Text("engine"), messageSample(r,
			func(s *kernels.Set, _ int, _ units.Bytes) units.Seconds { return s.Launch.Eager }))
	})
	return set.sorted(), err
}

// mostGPUs is the largest group of ranks that is believed.
const mostGPUs = 1 << 10

// messageSize is the number of elements of a row's message.
func messageSize(r *Row) int { return r.Within("message_size", 1, maxMessage) }

// messageSample is a sample of a message of bf16 elements, held out by its size.
func messageSample(r *Row, time func(s *kernels.Set, ranks int, bytes units.Bytes) units.Seconds) Sample {
	ranks, bytes := r.Within("num_gpus", 2, mostGPUs), units.BF16.Bytes(float64(messageSize(r)))
	return Sample{Group: fmt.Sprintf("bytes=%.0f", bytes), Shape: fmt.Sprintf("ranks=%d", ranks), Measured: r.Latency(),
		Predict: func(s *kernels.Set) units.Seconds { return time(s, ranks, bytes) }}
}

package calibrate

import (
	"fmt"
	"io/fs"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// collectiveTime is the time of one of NCCL's operations over the ranks of one node.
type collectiveTime func(s *kernels.Set, d *hw.Device, ranks int, bytes units.Bytes) units.Seconds

// collectives are the file's operations: their laws, and their times with a set.
var collectives = map[string]struct {
	law  string
	time collectiveTime
}{
	"all_reduce": {"collective.all-reduce", func(s *kernels.Set, d *hw.Device, ranks int, bytes units.Bytes) units.Seconds {
		return s.AllReduce.Ring(d, ranks, ranks, bytes)
	}},
	"all_gather": {"collective.all-gather", func(s *kernels.Set, d *hw.Device, ranks int, bytes units.Bytes) units.Seconds {
		return s.Collective.AllGather(d, ranks, ranks, bytes)
	}},
	"reduce_scatter": {"collective.reduce-scatter", func(s *kernels.Set, d *hw.Device, ranks int, bytes units.Bytes) units.Seconds {
		return s.Collective.ReduceScatter(d, ranks, ranks, bytes)
	}},
	"alltoall": {"collective.all-to-all", func(s *kernels.Set, d *hw.Device, ranks int, bytes units.Bytes) units.Seconds {
		return s.Collective.AllToAll(d, ranks, ranks, bytes)
	}},
}

// collectiveProblems reads a device's NCCL collectives. Messages are held out by size: each power of two is a
// group.
func collectiveProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	source := prefix + "_nccl.csv.gz"
	set := newProblemSet(d, source)
	err := set.read(dir, func(r *Row) {
		operation, ok := collectives[r.Text("op_name")]
		if !ok {
			return
		}
		p := set.of(operation.law, r.Text("engine"))
		ranks, bytes := r.Within("num_gpus", 2, mostGPUs), 2*units.Bytes(messageSize(r))
		if r.Choice("nccl_dtype", "half", "int8") == "int8" {
			bytes /= 2
		}
		p.add(r.Text("engine"), Sample{Group: fmt.Sprintf("bytes=%.0f", bytes), Shape: fmt.Sprintf("ranks=%d", ranks), Measured: r.Latency(),
			Predict: func(s *kernels.Set) units.Seconds { return operation.time(s, d, ranks, bytes) }})
	})
	return set.sorted(), err
}

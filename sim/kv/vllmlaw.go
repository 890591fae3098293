package kv

import "github.com/roofserve/roofserve/hw/units"

// vllm takes a share of the whole memory and gives the cache what weights, the peak of a dummy step of
// max_num_batched_tokens, the runtime and, since it counts them, the CUDA graphs leave of that
// (vllm/v1/worker/gpu_worker.py, determine_available_memory).
func vllm(f *Figures, u *Use) Division {
	d := Division{
		Activations: u.spread(f.activations(u)),
		Runtime:     u.spread(f.runtime(u)),
		Graphs:      u.spread(f.Graphs.bytes(u)),
		Share:       u.share(f.Share),
	}
	own := d.Activations + d.Runtime + d.Graphs
	d.Pool = units.Bytes(units.Bytes(d.Share)*u.Device.Memory) - u.Weights - own
	return d
}

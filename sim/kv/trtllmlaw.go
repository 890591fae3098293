package kv

import "github.com/roofserve/roofserve/hw/units"

// trtllm gives the cache a share of what is free when weights, runtime and the peak of a step of
// max_num_tokens are taken off the whole memory (tensorrt_llm/_torch/pyexecutor/_util.py, KvCacheCreator);
// the rest of that stays for CUDA graphs and fragments.
func trtllm(f *Figures, u *Use) Division {
	d := Division{
		Activations: u.spread(f.activations(u)),
		Runtime:     u.spread(f.runtime(u)),
		Share:       u.share(f.Share),
	}
	free := u.Device.Memory - u.Weights - (d.Activations + d.Runtime)
	d.Pool = units.Bytes(d.Share) * free
	return d
}

package cost

import "github.com/roofserve/roofserve/hw/units"

// Overhead is the time that an engine spends around its kernels: on the host, and on the device between kernels. Its
// values belong to an engine's profile, where each has its source.
type Overhead struct {
	Step       units.Seconds // of every step: scheduling, input preparation, sampling, output
	Sequence   units.Seconds // of every sequence in a step
	Chunk      units.Seconds // more, for every sequence with a prefill chunk
	Layer      units.Seconds // of every layer in a step replayed from a CUDA graph
	EagerLayer units.Seconds // more, of every layer in a step with prefill chunks, which no whole graph covers

	// Of engines that launch every kernel by itself. The device works meanwhile, so that these only bound a step from below.
	LaunchLayer        units.Seconds // host time to launch a layer
	LaunchPrefillLayer units.Seconds // more, where the step has prefill chunks
}

// host is the part of a step that depends only on how many sequences it holds.
func (m *Model) host(sequences, chunks int) units.Picoseconds {
	o := &m.Overhead
	t := o.Step + units.Seconds(sequences)*o.Sequence + units.Seconds(m.layers)*o.Layer
	if chunks > 0 {
		t += units.Seconds(chunks)*o.Chunk + units.Seconds(m.layers)*o.EagerLayer
	}
	return t.Picoseconds()
}

// launches is the time that the host takes to launch a step's kernels: the device is not done before.
func (m *Model) launches(chunks int) units.Picoseconds {
	each := m.Overhead.LaunchLayer
	if chunks > 0 {
		each += m.Overhead.LaunchPrefillLayer
	}
	return (units.Seconds(m.layers) * each).Picoseconds()
}

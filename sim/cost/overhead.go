package cost

import "github.com/roofserve/roofserve/hw/units"

// Overhead is the time that an engine spends around its kernels: on the device between kernels, and on the
// host. Its values belong to an engine's profile, where each has its source.
//
// The host prepares each step and handles its output; it does so while the device works where scheduling is
// asynchronous, and else the device waits for it. It also launches kernels, those of a whole step at once
// where a CUDA graph holds them. The device works while it launches them one by one, so that launches only
// bound a step from below.
type Overhead struct {
	Step         units.Seconds // of every step: what the device waits for between two
	Sequence     units.Seconds // and for every sequence in a step
	Host         units.Seconds // the host's work for a step
	HostSequence units.Seconds // and for every sequence in it
	Async        bool          // whether the host works while the device does

	LaunchLayer        units.Seconds // the host's time to launch a dense layer, of engines without CUDA graphs
	LaunchPrefillLayer units.Seconds // more, where a step has prefill chunks, which no whole graph covers
}

// denseLayer is the number of operators of a dense layer with grouped-query attention, which launches are
// stated for; others take as much longer as they have more.
const denseLayer = 12

// around is what a step takes around its kernels: at least least in all, and extra more than the device is
// busy. The stages of a pipeline wait each for its own batch; the host that schedules, and takes note of
// every sequence's token, is the same for all of them.
func (m *Model) around(b batches) (least, extra units.Picoseconds) {
	o := &m.Overhead
	gaps := o.Step + units.Seconds(units.Seconds(b.sequences)*o.Sequence)
	host := o.Host + units.Seconds(units.Seconds(b.sequences)*o.HostSequence)
	launch := o.LaunchLayer
	if b.chunks > 0 {
		launch += o.LaunchPrefillLayer
	}
	launches := units.Seconds(m.launched * launch)
	if !o.Async {
		gaps += host
	}
	return max(units.Seconds(b.n)*max(host, units.Seconds(b.sequences)*o.Sequence),
		gaps+launches).Picoseconds(), gaps.Picoseconds()
}

package decode

// The cadence of decoding is how many tokens a step gives a sequence: one. What follows from it stands here:
// how many tokens a sequence has at a tick, at which tick it has so many, how many ticks so many tokens take,
// and how many a step gives all sequences together. Where sequences got several, or some more than others,
// block boundaries would also no longer come round in a cycle of ticks.

// cadence is the tokens that a decode step gives each sequence.
const cadence = 1

// start makes an entry of a sequence of known tokens that has output tokens to go.
func (e *Entry) start(tick int64, known, output int) {
	e.off = int64(known) - cadence*tick
	e.finish = tick + ticks(output)
}

// known is the tokens of a sequence at a tick.
func (e *Entry) known(tick int64) int { return int(e.off + cadence*tick) }

// at is the tick at which a sequence has so many known tokens.
func (e *Entry) at(known int) int64 { return (int64(known) - e.off) / cadence }

// ticks is how many give a sequence so many tokens.
func ticks(tokens int) int64 { return int64(tokens) / cadence }

// Tokens is how many some decode steps give so many sequences together.
func Tokens(sequences, steps int64) int64 { return cadence * steps * sequences }

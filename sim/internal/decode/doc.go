// Package decode follows the decoding sequences of one rank as a whole, and the runs of steps in which they
// all decode. It keeps sums instead of looking at each sequence: a decode step lengthens every context by
// one, so that the keys that a step reads, the blocks that it takes and the time that it lasts change by
// amounts that are known beforehand, up to a tick at which a sequence finishes, a window fills or a chunk
// turns. A Flight is a run of steps up to such a tick, whose times are an arithmetic progression.
//
// It knows neither requests nor policies, and no clock but the ticks that count decode steps.
package decode

package workloads

import "github.com/roofserve/roofserve/hw/units"

// recording keeps the requests of a source, unless they are too many, and is a source of them that can be
// played again and again.
type recording struct {
	rows   []recorded
	blocks []uint64 // of all rows
	lost   bool     // there were too many
	played int      // rows
	at     int      // blocks played
}

// recorded is a request; its blocks are those up to an end in the recording's.
type recorded struct {
	arrival                            units.Picoseconds
	input, output, maxOutput, priority int32
	class                              ClassName
	session                            uint64
	gap                                units.Picoseconds
	follows, beyond                    bool
	end                                int
}

// maxRecording bounds a recording's memory, in words of 8 bytes, of which a request takes 5 and each content
// id 1: 8 MiB hold an hour of production's requests.
const maxRecording = 1 << 20

// add keeps a request.
func (c *recording) add(r *Request) {
	if c.lost {
		return
	}
	if max(r.Input, r.Output, r.MaxOutput) > MaxTokens { // of a source that is no trace
		*c = recording{lost: true}
		return
	}
	c.blocks = append(c.blocks, r.Blocks...)
	c.rows = append(c.rows, recorded{
		arrival: r.Arrival, input: int32(r.Input), output: int32(r.Output), maxOutput: int32(r.MaxOutput),
		priority: r.Priority, class: r.Class, session: r.Session, end: len(c.blocks),
		gap: r.Gap, follows: r.Follows, beyond: r.Beyond,
	})
	if 5*len(c.rows)+len(c.blocks) > maxRecording {
		*c = recording{lost: true}
	}
}

// rewind starts playing. It reports false where there is nothing to play.
func (c *recording) rewind() bool {
	c.played, c.at = 0, 0
	return len(c.rows) > 0
}

// Next implements Source.
func (c *recording) Next(r *Request) bool {
	if c.played == len(c.rows) {
		return false
	}
	row := &c.rows[c.played]
	*r = Request{
		Arrival: row.arrival, Input: int(row.input), Output: int(row.output), MaxOutput: int(row.maxOutput),
		Priority: row.priority, Class: row.class, Session: row.session, Follows: row.follows, Gap: row.gap,
		Beyond: row.beyond,
	}
	if row.end > c.at {
		r.Blocks = c.blocks[c.at:row.end:row.end]
	}
	c.at = row.end
	c.played++
	return true
}

// Err implements Source.
func (c *recording) Err() error { return nil }

package workloads

import "io"

// core is what every source of this package is, whatever else it may be.
type core interface {
	Noted
	io.Closer
	Turns() bool        // Turning
	recognised() string // the format of the file that it is read from; "" where there is none
}

// unknown is the length of a source that cannot know it beforehand.
const unknown = -1

// What a source may be besides, each as a value to embed.
type (
	users       int
	length      int
	blockTokens int
)

// Concurrency implements Closed.
func (u users) Concurrency() int { return int(u) }

// Len implements Counted.
func (l length) Len() int { return int(l) }

// BlockTokens implements Prefixed.
func (b blockTokens) BlockTokens() int { return int(b) }

// traits are what a source is besides a core.
type traits struct {
	isClosed, isPrefixed bool
	users                users
	blockTokens          blockTokens
	count                int // unknown where it is not Counted
}

// traitsOf are those of a source.
func traitsOf(of Source) traits {
	t := traits{count: count(of)}
	if closed, is := of.(Closed); is {
		t.isClosed, t.users = true, users(closed.Concurrency())
	}
	if prefixed, is := of.(Prefixed); is {
		t.isPrefixed, t.blockTokens = true, blockTokens(prefixed.BlockTokens())
	}
	return t
}

// preserve makes of a source one that is Closed and Prefixed as the source of is, and Counted unless count is
// unknown.
func preserve(s core, of Source, count int) Source {
	t := traitsOf(of)
	t.count = count
	return t.give(s)
}

// give makes of a source one that has the traits. Others ask for these by type assertion, so a wrapper must
// have exactly the methods of what it wraps.
func (t traits) give(s core) Source {
	u, b, n := t.users, t.blockTokens, length(t.count)
	type what struct{ closed, prefixed, counted bool }
	switch (what{t.isClosed, t.isPrefixed, t.count != unknown}) {
	case what{true, true, true}:
		return struct {
			core
			users
			blockTokens
			length
		}{s, u, b, n}
	case what{true, true, false}:
		return struct {
			core
			users
			blockTokens
		}{s, u, b}
	case what{true, false, true}:
		return struct {
			core
			users
			length
		}{s, u, n}
	case what{true, false, false}:
		return struct {
			core
			users
		}{s, u}
	case what{false, true, true}:
		return struct {
			core
			blockTokens
			length
		}{s, b, n}
	case what{false, true, false}:
		return struct {
			core
			blockTokens
		}{s, b}
	case what{false, false, true}:
		return struct {
			core
			length
		}{s, n}
	}
	return s
}

// count is the number of requests of a source, or unknown.
func count(s Source) int {
	if counted, ok := s.(Counted); ok {
		return counted.Len()
	}
	return unknown
}

// Notes are the remarks of a source on what it could not take as written, if it makes any.
func Notes(s Source) []string {
	if noted, ok := s.(Noted); ok {
		return noted.Notes()
	}
	return nil
}

// Close lets go of what a source holds open. Only a source that is left before its end needs it.
func Close(s Source) error {
	if closer, ok := s.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// derived is a source made from another: the base of all transforms.
type derived struct {
	from Source
	err  error
}

// Err implements Source.
func (d *derived) Err() error {
	if d.err != nil {
		return d.err
	}
	return d.from.Err()
}

// Notes implements Noted.
func (d *derived) Notes() []string { return Notes(d.from) }

// Turns implements Turning.
func (d *derived) Turns() bool { return HasTurns(d.from) }

func (d *derived) recognised() string { return Recognised(d.from) }

// Close implements io.Closer.
func (d *derived) Close() error { return Close(d.from) }

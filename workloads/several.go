package workloads

import (
	"errors"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/fault"
)

// severalSources are those of which one is made. Their sessions and contents are different ones, also where
// they have the same number.
type severalSources struct {
	list []Source
	err  error
}

// give makes of c, which is made of the sources, one with their traits; key names what is done in errors.
func (s *severalSources) give(c core, key string) (Source, error) {
	var all traits
	uncounted := false
	for _, from := range s.list {
		own := traitsOf(from)
		switch {
		case own.isClosed:
			return nil, &fault.Error{Key: key, Wrong: "a closed loop has no times of arrival", Right: "use traces"}
		case own.isPrefixed && all.isPrefixed && own.blockTokens != all.blockTokens:
			return nil, &fault.Error{Key: key, Wrong: fmt.Sprintf("content ids of %d and of %d tokens", all.blockTokens, own.blockTokens),
				Right: "use traces whose ids cover as many tokens"}
		case own.isPrefixed:
			all.isPrefixed, all.blockTokens = true, own.blockTokens
		}
		if all.count += own.count; own.count == unknown {
			uncounted = true
		}
	}
	if uncounted {
		all.count = unknown
	}
	return all.give(c), nil
}

// take writes the next request of a source, told apart from those of others, into r; its content ids into
// blocks, which are returned as they have grown.
func (s *severalSources) take(i int, r *Request, blocks []uint64) ([]uint64, bool) {
	if !s.list[i].Next(r) {
		s.err = errors.Join(s.err, s.list[i].Err())
		return blocks, false
	}
	if blocks = append(blocks[:0], r.Blocks...); i > 0 { // the first source's stay what they are
		for k := range blocks {
			blocks[k] = mix(uint64(i), blocks[k])
		}
		if r.Session != 0 {
			r.Session = max(1, mix(uint64(i), r.Session))
		}
	}
	if r.Blocks != nil {
		r.Blocks = blocks
	}
	return blocks, true
}

// Err implements Source.
func (s *severalSources) Err() error { return s.err }

// Notes implements Noted.
func (s *severalSources) Notes() (notes []string) {
	for _, from := range s.list {
		notes = append(notes, Notes(from)...)
	}
	return notes
}

// Close implements io.Closer.
func (s *severalSources) Close() error {
	var all error
	for _, from := range s.list {
		all = errors.Join(all, Close(from))
	}
	return all
}

// Turns implements Turning.
func (s *severalSources) Turns() bool { return slices.ContainsFunc(s.list, HasTurns) }

func (s *severalSources) recognised() string { return "" }

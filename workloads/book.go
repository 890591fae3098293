package workloads

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/hash"
)

// book holds the sessions of a file, whose turns may stand anywhere in it, and gives their requests: in order
// of arrival, each with the turns that follow it.
type book struct {
	threads []*thread
	byName  map[string]*thread
	starts  []start
	turns   int
	pieces  int
	next    int // of starts
	turn    int // of that
}

// thread is a session.
type thread struct {
	number  uint64
	turns   int     // given so far
	starts  int     // not yet given
	content content // of its context, while starts are left
	first   int     // of the book's starts
	last    *bookTurn
}

// start is a request that arrives at a time of its own, with the turns that follow it.
type start struct {
	at     instant
	thread *thread
	turns  []bookTurn
}

// bookTurn is one request.
type bookTurn struct {
	line   int
	gap    instant // after the answer before it
	prompt []piece
	grows  bool // prompt comes after the context and the answer of the turn before, instead of standing for all
	output int
}

// Bounds of what a book holds: 250 MB.
const (
	maxTurns  = 1_000_000
	maxPieces = 8_000_000
)

// thread finds a session by its name; without a name each is one of its own.
func (b *book) thread(name string) *thread {
	if t := b.byName[name]; t != nil && name != "" {
		return t
	}
	t := &thread{number: uint64(len(b.threads) + 1)}
	b.threads = append(b.threads, t)
	if b.byName == nil {
		b.byName = map[string]*thread{}
	}
	if name != "" {
		b.byName[name] = t
	}
	return t
}

// add puts a turn at the end of a session: at a time of its own, or where at is nil after the turn before it.
func (b *book) add(t *thread, at *instant, turn bookTurn) *mistake {
	b.turns++
	if b.pieces += len(turn.prompt); b.turns > maxTurns || b.pieces > maxPieces {
		return &mistake{"", fmt.Sprintf("is beyond the first %d turns or %d pieces of content, which are put together to sessions in memory", maxTurns, maxPieces), "cut the file"}
	}
	if at != nil || t.starts == 0 {
		t.first = len(b.starts)
		t.starts++
		b.starts = append(b.starts, start{thread: t})
		if at != nil {
			b.starts[t.first].at = *at
		}
	}
	s := &b.starts[t.first]
	s.turns = append(s.turns, turn)
	t.last = &s.turns[len(s.turns)-1]
	return nil
}

// arrange puts the starts in order.
func (b *book) arrange() *mistake {
	slices.SortStableFunc(b.starts, func(x, y start) int {
		return cmp.Or(cmp.Compare(x.at.seconds, y.at.seconds), cmp.Compare(x.at.picoseconds, y.at.picoseconds))
	})
	b.byName, b.threads = nil, nil
	return nil
}

// take implements grouped.
func (b *book) take(r *Request) (at instant, line int, ok bool) {
	if b.next == len(b.starts) {
		return at, 0, false
	}
	s := &b.starts[b.next]
	turn, t := &s.turns[b.turn], s.thread
	c := &t.content
	if !turn.grows {
		c.reset()
	}
	for _, p := range turn.prompt {
		c.add(p)
	}
	*r = Request{Input: c.tokens, Output: turn.output, Session: t.number, Follows: b.turn > 0,
		Gap: turn.gap.since()}
	t.turns++
	c.add(piece{id: mix(hash.Name("answer"), mix(t.number, uint64(t.turns))), tokens: turn.output})
	r.Blocks, r.Beyond = c.ids, true
	if b.turn++; b.turn == len(s.turns) {
		b.next, b.turn = b.next+1, 0
		if t.starts--; t.starts == 0 {
			t.content = content{}
		}
	}
	return s.at, turn.line, true
}

// since is an instant as the time since its origin.
func (i instant) since() units.Picoseconds {
	return units.Picoseconds(min(i.seconds, MaxSpan)*second + i.picoseconds)
}

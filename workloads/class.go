package workloads

import (
	"fmt"
	"sort"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/hash"
	"github.com/roofserve/roofserve/internal/portable"
)

// class draws the sessions of one kind of client, without end.
type class struct {
	spec                               *Class
	name                               ClassName
	instants                           instants
	first, input, output, turns, think drawn
	groups                             stream
	chances                            []float64 // of the system prompts up to each, the last is their sum
	content                            content
	session                            uint64
	turn, last                         int // of the present session
	arrival                            units.Picoseconds
	next                               int // tokens that the next turn adds
	err                                error
}

// newClass builds the source of a class, which is the i-th of its population.
func newClass(spec *Class, seed uint64, i int, open Opener) (Source, error) {
	name := func(what string) stream { return newStream(seed, fmt.Sprintf("class %d %s", i, what)) }
	c := &class{spec: spec, name: ClassNamed(spec.Name), groups: name("groups")}
	var err error
	if c.instants.arrivals, err = classArrivals(spec, name("arrival"), open); err != nil {
		return nil, err
	}
	for _, d := range []struct {
		key  string
		spec Lengths
		none Lengths
		to   *drawn
	}{
		{"input", spec.Input, Lengths{}, &c.input}, {"first", spec.First, spec.Input, &c.first},
		{"output", spec.Output, Lengths{}, &c.output},
		{"turns", spec.Turns, Lengths{Distribution: "fixed", Value: 1}, &c.turns},
		{"think_s", spec.Think.milliseconds(), Lengths{}, &c.think},
	} {
		if d.spec == (Lengths{}) {
			d.spec = d.none
		}
		if d.key == "turns" && d.spec.Distribution == "empirical" {
			return nil, &fault.Error{Key: "turns", Wrong: "a trace has no numbers of turns", Right: "use a distribution with parameters"}
		}
		if d.to.lengths, err = newLengths(d.key, d.spec, name(d.key), open); err != nil {
			return nil, err
		}
	}
	p := &spec.Prompt
	if p.Tokens < 0 || p.Tokens > MaxTokens || p.Groups < 0 || p.Groups > maxGroups ||
		!(p.Zipf >= 0 && p.Zipf < 100) {
		return nil, &fault.Error{Key: "system_prompt", Wrong: fmt.Sprintf("%d tokens, %d groups and zipf = %v", p.Tokens, p.Groups, p.Zipf),
			Right: fmt.Sprintf("use numbers from 0, at most %d groups", maxGroups)}
	}
	sum := 0.0
	for k := range max(1, p.Groups) {
		sum += portable.Pow(float64(k+1), -p.Zipf)
		c.chances = append(c.chances, sum)
	}
	return traits{isPrefixed: true, blockTokens: contentTokens, count: unknown}.give(c), nil
}

// maxGroups is how many system prompts a class may have.
const maxGroups = 1_000_000

// begin starts a session. It reports false where none arrives any more.
func (c *class) begin() bool {
	at, ok, err := c.instants.next()
	if !ok {
		c.err = err
		return false
	}
	c.arrival = at
	c.session++
	c.turn, c.last = 0, c.turns.next()
	c.content.reset()
	if p := &c.spec.Prompt; p.Tokens > 0 {
		at := c.groups.uniform() * c.chances[len(c.chances)-1]
		group := sort.SearchFloat64s(c.chances, at)
		c.content.add(piece{id: mix(hash.Name("system"), uint64(group)), tokens: p.Tokens})
	}
	c.next = c.first.next()
	return true
}

// Next implements Source.
func (c *class) Next(r *Request) bool {
	if c.err != nil || c.turn == c.last && !c.begin() {
		return false
	}
	*r = Request{Arrival: c.arrival, Output: c.output.next(), Priority: c.spec.Priority, Class: c.name,
		Session: c.session, Follows: c.turn > 0, Beyond: true}
	if r.Follows {
		r.Gap = units.Picoseconds(c.think.next()) * (second / 1000)
	}
	own := mix(c.session, uint64(c.turn))
	c.content.add(piece{id: mix(hash.Name("prompt"), own), tokens: c.next})
	r.Input = c.content.tokens
	c.content.add(piece{id: mix(hash.Name("answer"), own), tokens: r.Output})
	r.Blocks = c.content.ids
	c.turn++
	if c.turn < c.last {
		c.next = c.input.next()
		if most := c.spec.MaxContext; most > 0 && c.content.tokens+c.next > most {
			c.last = c.turn
		}
	}
	return true
}

// Err implements Source.
func (c *class) Err() error { return c.err }

// Notes implements Noted.
func (c *class) Notes() []string { return nil }

// Close implements io.Closer.
func (c *class) Close() error { return nil }

// Turns implements Turning.
func (c *class) Turns() bool { return c.spec.Turns != (Lengths{}) }

func (c *class) recognised() string { return "" }

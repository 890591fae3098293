package workloads

import (
	"cmp"
	"fmt"
	"io"
	"regexp"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/strict"
)

// Population describes today's traffic without a trace: classes of clients, each of which has its share of
// the arrivals, or arrivals of its own.
type Population struct {
	Source   string  `toml:"source"`   // of the figures, for people
	Requests int     `toml:"requests"` // of all classes together
	Arrival  Arrival `toml:"arrival"`  // of the sessions of classes that have none of their own
	Classes  []Class `toml:"class"`
}

// Class is one kind of client.
type Class struct {
	Name     string  `toml:"name"`
	Share    float64 `toml:"share"`    // of the population's arrivals, in any unit; 0: 1
	Arrival  Arrival `toml:"arrival"`  // of its own
	Priority int32   `toml:"priority"` // of its requests
	// Hours are how busy each hour of the day is, in any unit; none: all alike.
	Hours  []float64 `toml:"hours"`
	Train  Train     `toml:"train"`
	Prompt Shared    `toml:"system_prompt"`
	First  Lengths   `toml:"first"` // of the first prompt of a session, the system prompt aside; Input's where none
	Input  Lengths   `toml:"input"` // what each turn adds to the context
	Output Lengths   `toml:"output"`
	Turns  Lengths   `toml:"turns"` // of a session; one where none
	Think  Think     `toml:"think_s"`
	// MaxContext ends a session before the turn in which its context would have more tokens; 0: nothing does.
	MaxContext int `toml:"max_context"`
}

// Train makes of each arrival a burst of several.
type Train struct {
	Size   int     `toml:"size"`     // sessions; 0: 1
	Within float64 `toml:"within_s"` // s from the first to the last, evenly
}

// Shared is a system prompt that many sessions begin with.
type Shared struct {
	Tokens int `toml:"tokens"`
	Groups int `toml:"groups"` // different ones, of which each session has one; 0: 1
	// Zipf is how unevenly they are chosen: the k-th most frequent in proportion to k^-zipf.
	Zipf float64 `toml:"zipf"`
}

// Think is the time between an answer and the next turn, in s: lognormal, or always the mean where Std is 0.
type Think struct {
	Mean float64 `toml:"mean"`
	Std  float64 `toml:"std"`
	Min  float64 `toml:"min"`
	Max  float64 `toml:"max"` // 0: none
}

// classTable begins a class in a population's file, by which it is recognised.
var classTable = regexp.MustCompile(`(?m)^[ \t]*\[\[class\]\]`)

// populationFormat is a population's file.
var populationFormat = format{
	name: "a population (TOML)",
	about: "`[[class]]`es of clients, each with its arrivals, lengths, system prompts, turns and time to think; " +
		"`chat`, `agent`, `rag`, `reasoning`, `summarise` and `code` are built in",
	source: "[extending.md](../howto/extending.md)",
}

// maxWithin is how deep populations may name each other as traces that lengths are drawn from.
const maxWithin = 4

// openPopulation reads a population's file and draws its requests.
func openPopulation(name, folder string, from io.Reader, options Options) (Source, error) {
	text, err := bounded.ReadAll(from, bounded.TOML)
	if err != nil {
		return nil, &fault.Error{File: name, Wrong: "cannot be read: " + oneLine(err), Right: "give a TOML file", Err: err}
	}
	var p Population
	if err := strict.Decode(name, text, &p); err != nil {
		return nil, err
	}
	p.Requests = cmp.Or(options.Requests, p.Requests)
	parts := Options{Columns: options.Columns, Vocabulary: options.Vocabulary, within: options.within + 1}
	if parts.within > maxWithin {
		return nil, &fault.Error{File: name, Wrong: fmt.Sprintf("is made of populations, more than %d deep", maxWithin),
			Right: "let no population name itself"}
	}
	opener := func(key, trace string) (Source, error) { return Open(trace, folder, parts) }
	source, err := Populate(p, cmp.Or(options.Seed, 1), opener)
	if wrong, is := err.(*fault.Error); is && wrong.File == "" {
		wrong.File = name
	}
	return source, err
}

// Populate draws the requests of a population. Each class has random streams of its own under the seed.
func Populate(p Population, seed uint64, open Opener) (Source, error) {
	bad := func(key, right, format string, args ...any) (Source, error) {
		return nil, &fault.Error{Key: key, Wrong: fmt.Sprintf(format, args...), Right: right}
	}
	if p.Requests < 1 {
		return bad("requests", "say how many there are, as in requests = 10000", "%d is no number of requests", p.Requests)
	}
	if len(p.Classes) == 0 {
		return bad("class", "give at least one", "there is none")
	}
	shares := 0.0
	for i := range p.Classes {
		c := &p.Classes[i]
		if c.Share = cmp.Or(c.Share, 1); !(c.Share > 0 && c.Share < 1e9) {
			return bad(fmt.Sprintf("class %d: share", i+1), "use a number above 0", "%v is no share", c.Share)
		}
		if c.Arrival.Process == "" {
			shares += c.Share
		}
	}
	var list []Source
	loop := 0
	for i := range p.Classes {
		c := &p.Classes[i]
		if c.Arrival.Process == "" {
			c.Arrival = p.Arrival
			c.Arrival.Rate *= c.Share / shares
		}
		source, err := newClass(c, seed, i, open)
		if err != nil {
			if wrong, is := err.(*fault.Error); is && wrong.File == "" {
				wrong.Key = fmt.Sprintf("class %d: %s", i+1, wrong.Key)
			}
			return nil, err
		}
		if c.Arrival.Process == closed {
			loop = c.Arrival.Concurrency
		}
		list = append(list, source)
	}
	if loop > 0 && len(list) > 1 {
		return bad("arrival.process", "give each class a rate", "a closed loop is of one class alone")
	}
	merged, err := Merge(list...)
	if err != nil {
		return nil, err
	}
	t := traitsOf(merged)
	t.isClosed, t.users, t.count = loop > 0, users(loop), p.Requests
	return t.give(&populated{derived: derived{from: First(merged, p.Requests)}}), nil
}

// populated is a population's requests.
type populated struct{ derived }

// Next implements Source.
func (p *populated) Next(r *Request) bool { return p.from.Next(r) }

func (p *populated) recognised() string { return populationFormat.name }

// milliseconds of a time to think, as a distribution of whole numbers.
func (t *Think) milliseconds() Lengths {
	ms := func(s float64) int {
		return int(units.Seconds(min(max(s, 0), MaxSpan)).Picoseconds() / (second / 1000))
	}
	if t.Std == 0 {
		return Lengths{Distribution: "fixed", Value: max(1, ms(t.Mean))}
	}
	return Lengths{Distribution: "lognormal", Mean: 1000 * t.Mean, Std: 1000 * t.Std, Min: ms(t.Min), Max: ms(t.Max)}
}

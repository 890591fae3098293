package sched

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// Policy decides who runs in the next step of one data-parallel rank. It may remember what it decided, so
// that every rank has its own.
type Policy interface {
	// Plan forms the rank's next step by calling its actions. It is not asked where nothing is left to
	// decide: no request waits, no prompt is computed in part, and the blocks suffice for every running
	// sequence to decode. Then they all do.
	//
	// Where the step is one in which every running sequence decodes and nothing else happens, the answer is for
	// how many steps, this one included, the policy would decide the same, provided that no sequence finishes,
	// no other request becomes the head of the queue, nor joins an open one, and the blocks suffice. The engine
	// skips through such steps without asking again, and tells a Counter.
	Plan(r Rank) int
	// Open tells, after a plan, whether a request that joins a queue behind others may be admitted before them.
	Open() bool
	// Demand is the number of tokens whose blocks a request may need at once, input + maxOutput at most. One
	// that the whole pool cannot hold is refused.
	Demand(input, output, maxOutput int) int
	// Seats is the most sequences that run at once.
	Seats() int
	// Longest is the longest prompt that is not refused.
	Longest() int
	// Chunk is the most tokens of one prompt that a step computes, where windowed layers hold all of them
	// meanwhile; 0 where they hold no more than their windows.
	Chunk() int
	// Piece is the most tokens of one prompt that are computed together. A plan for the round of a pipeline may
	// give a prompt several pieces, which go into as many microbatches.
	Piece() int
	// Overruns tells whether a sequence that has its output is computed once more where the next step was
	// planned before that was known.
	Overruns(output, maxOutput int) bool
	// Caching is how the engine's prefix cache learns and forgets.
	Caching() Caching
	// Reserves tells whether the policy asks for Rank.Reserved, which is kept only then.
	Reserves() bool
	// Whole tells whether a prompt has all its blocks from its first piece on.
	Whole() bool
}

// Counter is a Policy that counts the steps in which it is not asked.
type Counter interface {
	Policy
	// Skip tells, before the first of them, of n steps in which all of the running sequences decode and Plan is
	// not asked, either because there is nothing to decide or because it stands by its last decision.
	Skip(r Rank, n int)
}

// Watcher is a Policy that is told whose end is seen.
type Watcher interface {
	Policy
	// Left tells of a sequence that has ended: in the last step, or, late, in the one before it.
	Left(d Decoding, late bool)
}

// Hoarder is a Policy whose Demand may exceed a request's prompt and declared output by more than Headroom.
type Hoarder interface {
	Policy
	Hoards()
}

// Clipper is a Policy whose engine cuts what a request declares to what the pool holds beside its prompt.
type Clipper interface {
	Policy
	Clips()
}

// Crowded is a Policy whose steps may have too few tokens for all rows of the sequences that decode.
type Crowded interface {
	Policy
	// Room is for how many a step has enough.
	Room() int
}

// Always is Plan's answer where nothing but the named events changes its decision.
const Always = math.MaxInt32

var policies = map[string]func(l Limits, stages int) Policy{
	"orca":    newOrca,
	"sarathi": newSarathi,
	"sglang":  newSGLang,
	"static":  newStatic,
	"trtllm":  newTRTLLM,
	"vllm":    newVLLM,
	"vllm0":   newVLLM0,
}

// Register adds a policy of a program's own, which scenarios then name as engine.policy beside
// engine.profile. Build makes one for a data-parallel rank of so many pipeline stages (1 without). Call it
// before scenarios are read and never beside a simulation; a name that is taken is a mistake in the program.
//
// A policy that changes one rule of another's is easiest made of it: embed what New gives.
func Register(name string, build func(l Limits, stages int) Policy) {
	if _, taken := policies[name]; taken || build == nil || name != strings.ToLower(name) || name == "" {
		panic(fmt.Sprintf("sched: policy %q is registered twice, is not in small letters, or is built by nothing", name))
	}
	policies[name] = build
	registered[name] = true
}

// registered are the policies of programs of others.
var registered = map[string]bool{}

// IsRegistered tells whether a policy is a program's own.
func IsRegistered(name string) bool { return registered[name] }

// Verifies tells whether the steps that a policy plans may verify drafts.
func Verifies(policy string, l *Limits) bool {
	switch policy {
	case "sglang", "vllm", "vllm0":
		return true
	case "trtllm":
		return !l.MaxUtilization
	default:
		return false
	}
}

// Names lists the policies.
func Names() []string { return slices.Sorted(maps.Keys(policies)) }

// Paged lists the policies of engines with paged caches, which prefill and decode pools may have.
func Paged() []string {
	return slices.DeleteFunc(Names(), func(name string) bool { return name == "orca" || name == "static" })
}

// New is a policy by its name, for one rank that has so many pipeline stages.
func New(name string, limits Limits, stages int) (Policy, error) {
	build, ok := policies[name]
	if !ok {
		return nil, fmt.Errorf("unknown policy %q; %s", name, names.Suggest(name, Names()))
	}
	if err := limits.Check(name); err != nil {
		return nil, err
	}
	return build(limits, stages), nil
}

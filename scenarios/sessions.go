package scenarios

import (
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/workloads"
)

// Sessions make of drawn requests the turns of conversations: each follows the answer before it, and its
// prompt is the whole context.
type Sessions struct {
	Turns  int          `toml:"turns" json:"turns"`
	Gap    float64      `toml:"gap_s" json:"gap_s"`
	Adds   int          `toml:"turn_tokens" json:"turn_tokens,omitempty"`
	Prompt SystemPrompt `toml:"system_prompt" json:"system_prompt,omitzero"`
}

// SystemPrompt is what many sessions begin with.
type SystemPrompt struct {
	Tokens int     `toml:"tokens" json:"tokens"`
	Groups int     `toml:"groups" json:"groups,omitempty"`
	Zipf   float64 `toml:"zipf" json:"zipf,omitempty"`
}

// shortestGap is the least time between an answer and the next turn, in s: gaps are drawn in whole ms.
const shortestGap = 0.001

// maxSystemPrompts is how many system prompts there may be.
const maxSystemPrompts = 1_000_000

var sessionsTable = table{
	path: "workload.synthetic.sessions",
	does: "Makes of what arrives a session of several requests: a turn follows the answer before it, and its prompt is the " +
		"system prompt, all that was said, and what the turn adds. The prefix cache may find that. `requests` counts all turns. " +
		"A population's file says more: [extending.md](../howto/extending.md).",
	example: `[workload.synthetic]
requests = 10000
arrival = { process = "poisson", rate = 2.0 }
input = { distribution = "normal", mean = 500, std = 200, min = 1 }
output = { distribution = "normal", mean = 200, std = 100, min = 1 }
sessions = { turns = 5, gap_s = 20, turn_tokens = 60, system_prompt = { tokens = 1000, groups = 20, zipf = 1.0 } }
`,
	keys: []key{{
		name: "turns", unit: "turns", within: counted(1_000_000), unset: "one",
		does:    "How many requests a session has.",
		example: "5",
	}, {
		name: "gap_s", unit: "s", within: &span{min: shortestGap, max: maxTime, words: "a number from 0.001 to 4.32e+06"}, unset: "0.001",
		does:    "The time between an answer and the next turn, in whole ms.",
		example: "20",
	}, {
		name: "turn_tokens", unit: "tokens", within: counted(maxTokens), unset: "drawn as `input`",
		does:    "What each turn after the first adds to the context.",
		example: "60",
	}},
}

var systemPromptTable = table{
	path: "workload.synthetic.sessions.system_prompt",
	does: "What sessions begin with, before their first prompt.",
	keys: []key{{
		name: "tokens", unit: "tokens", within: counted(maxTokens), unset: "none",
		does:    "How long it is.",
		example: "1000",
	}, {
		name: "groups", unit: "prompts", within: counted(maxSystemPrompts), unset: "1",
		does:    "How many different ones there are, of which each session has one.",
		example: "20",
	}, {
		name: "zipf", within: between(0, 10), unset: "0",
		does:    "How unevenly they are chosen: the k-th most frequent in proportion to k to the power of minus this.",
		example: "1.0",
	}},
}

// IsSet tells whether requests are turns of sessions.
func (o *Sessions) IsSet() bool { return *o != Sessions{} }

// checkSessions refuses what has no meaning in sessions or without them.
func (s *Scenario) checkSessions() error {
	const at = "workload.synthetic.sessions"
	y := &s.Workload.Synthetic
	o := &y.Sessions
	switch {
	case !o.IsSet():
		return nil
	case y.Prompts > 0:
		return s.source.fault("workload.synthetic.prompts", "stands beside [workload.synthetic.sessions]",
			"leave it out: a session's prompts have content of their own")
	case o.Turns < 2 && (o.Gap > 0 || o.Adds > 0):
		key := at + ".gap_s"
		if o.Gap == 0 {
			key = at + ".turn_tokens"
		}
		return s.source.fault(key, "has no meaning in sessions of one turn", "say how many there are, as in turns = 5")
	case o.Prompt != (SystemPrompt{}) && o.Prompt.Tokens == 0:
		return s.source.fault(at+".system_prompt", "has no tokens", "say how long it is, as in tokens = 1000")
	case o.Prompt.Zipf > 0 && o.Prompt.Groups < 2:
		return s.source.fault(at+".system_prompt.zipf", "has no meaning with one system prompt", "say how many there are, as in groups = 20")
	}
	return nil
}

// complete fills in what sessions leave out.
func (o *Sessions) complete() {
	if !o.IsSet() {
		return
	}
	o.Turns = max(1, o.Turns)
	if o.Turns > 1 {
		o.Gap = max(o.Gap, shortestGap)
	}
	if o.Prompt.Tokens > 0 {
		o.Prompt.Groups = max(1, o.Prompt.Groups)
	}
}

// converse starts to draw the requests of sessions.
func (s *Scenario) converse(arrival workloads.Arrival, input, output workloads.Lengths,
	open workloads.Opener) (workloads.Source, error) {
	y := &s.Workload.Synthetic
	o := &y.Sessions
	class := workloads.Class{
		Input: input, First: input, Output: output,
		Turns:  workloads.Lengths{Distribution: "fixed", Value: o.Turns},
		Think:  workloads.Think{Mean: o.Gap},
		Prompt: workloads.Shared(o.Prompt),
	}
	if o.Adds > 0 {
		class.Input = workloads.Lengths{Distribution: "fixed", Value: o.Adds}
	}
	return workloads.Populate(workloads.Population{Requests: y.Requests, Arrival: arrival,
		Classes: []workloads.Class{class}}, y.Seed, open)
}

// sessionMetrics say how sessions fared.
var sessionMetrics = []Definition{
	{
		Key: "sessions.count", Title: "sessions", Unit: "sessions", Scope: OfSystem, table: ofSessions,
		Meaning: "Sessions that have ended: chains of requests of which one follows the answer to another, or of one alone.",
		value:   func(r *Run) float64 { return float64(r.Result.Sessions.Count) },
	}, {
		Key: "sessions.turns_per_session", Title: "turns of a session", Unit: "requests", Scope: OfSystem, table: ofSessions,
		Meaning: "Requests of the sessions that have ended, divided by their number.",
		needs:   needsCompletion,
		value: func(r *Run) float64 {
			return float64(r.Result.Sessions.Turns) / float64(max(1, r.Result.Sessions.Count))
		},
	},
	sessionTime("mean", "mean", "Mean", func(d *sim.Distribution) float64 { return d.Mean }),
	sessionTime("median", "median", "Median", func(d *sim.Distribution) float64 { return d.Median }),
	sessionTime("p99", "99th percentile", "99th percentile", func(d *sim.Distribution) float64 { return d.P99 }),
}

// sessionTime is a statistic of the time that sessions take.
func sessionTime(key, title, meaning string, of func(*sim.Distribution) float64) Definition {
	return Definition{
		Key: "sessions." + key + "_session_e2el_ms", Title: "session time, " + title, Unit: "ms", Scope: OfSystem,
		Better: Lower, table: ofSessions,
		Meaning: meaning + " time from the arrival of a session's first request to the last token of its last, of sessions that " +
			"began after the warm-up and whose last request was not refused.",
		needs: needsSession,
		value: func(r *Run) float64 { return of(&r.Result.Sessions.E2E) },
	}
}

// ofSessions marks metrics of results of workloads in which requests follow answers.
const ofSessions = "sessions"

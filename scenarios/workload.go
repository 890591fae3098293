package scenarios

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// Workload says which requests arrive when.
type Workload struct {
	Trace     string    `toml:"trace" json:"trace,omitempty"`
	Columns   Columns   `toml:"columns" json:"columns,omitzero"`
	RateScale float64   `toml:"rate_scale" json:"rate_scale"`
	Requests  int       `toml:"requests" json:"requests,omitempty"`
	Seed      uint64    `toml:"seed" json:"seed"`
	Start     float64   `toml:"start_s" json:"start_s,omitempty"`
	End       float64   `toml:"end_s" json:"end_s,omitempty"`
	Warmup    float64   `toml:"warmup_s" json:"warmup_s,omitempty"`
	Urgent    float64   `toml:"urgent_share" json:"urgent_share,omitempty"`
	Client    string    `toml:"client" json:"client,omitempty"`
	Sessions  string    `toml:"session_mode" json:"session_mode,omitempty"`
	Classes   Mix       `toml:"class" json:"class,omitempty"`
	Synthetic Synthetic `toml:"synthetic" json:"synthetic,omitzero"`
}

// Instead says where what people look for in this table stands.
func (Workload) Instead(key string) string {
	switch key {
	case "classes", "client_class":
		return "each class of clients is a [[workload.class]]"
	case "request_rate", "qps", "rps":
		return "[workload.synthetic.arrival] has rate"
	case "max_concurrency", "concurrency":
		return `[workload.synthetic.arrival] has process = "closed" with a concurrency`
	case "num_prompts", "input_len", "output_len":
		return "[workload.synthetic] has requests, arrival, input and output"
	}
	return ""
}

// Columns names the columns of a plain CSV file, or the keys of a JSONL one.
type Columns struct {
	Arrival   string `toml:"arrival" json:"arrival"`
	Input     string `toml:"input" json:"input"`
	Output    string `toml:"output" json:"output"`
	MaxOutput string `toml:"max_output" json:"max_output,omitempty"`
	Priority  string `toml:"priority" json:"priority,omitempty"`
	Session   string `toml:"session" json:"session,omitempty"`
	SLOClass  string `toml:"slo_class" json:"slo_class,omitempty"`
	Unit      string `toml:"unit" json:"unit,omitempty"`
}

// DefaultTrace is replayed where a scenario says nothing of a workload.
const DefaultTrace = "azure-2023-conv"

const defaultSeed = 1

// Clients.
const (
	clientNone      = "none"
	clientBenchmark = "benchmark"
)

var workloadTable = table{
	path: "workload",
	does: "Which requests arrive when: those of a trace, or those that `[workload.synthetic]` draws.",
	example: `[workload]
trace = "azure-2023-conv"
rate_scale = 2.0
start_s = 600
end_s = 1800
warmup_s = 60
`,
	keys: []key{{
		name: "trace", unset: "`" + DefaultTrace + "`, unless requests are drawn",
		does: "The trace that comes with roofserve, or the path of one, or of a benchmark's result, " +
			"in any format of [traces.md](traces.md).",
		example: strconv.Quote(DefaultTrace),
	}, {
		name: "rate_scale", unit: "factor", within: positive(1e6), unset: "1",
		does:    "2 sends twice as many requests a second. It means nothing to a closed loop.",
		example: "0.5",
	}, {
		name: "requests", unit: "requests", within: counted(maxCount), unset: "all",
		does:    "Ends the workload after the first so many.",
		example: "5000",
	}, {
		name: "seed", unset: strconv.Itoa(defaultSeed),
		does:    "Decides everything random. Results are the same for the same seed.",
		example: "7",
	}, {
		name: "start_s", unit: "s", within: between(0, maxTime), unset: "0",
		does:    "Leaves out requests that arrive earlier; time then begins here. It means nothing to a closed loop.",
		example: "600",
	}, {
		name: "end_s", unit: "s", within: positive(maxTime), unset: "the trace's end",
		does:    "Leaves out requests that arrive then or later. It means nothing to a closed loop.",
		example: "1800",
	}, {
		name: "warmup_s", unit: "s", within: between(0, maxTime), unset: "0",
		does:    "Requests that arrive in the first so many seconds are served, but left out of the latencies.",
		example: "60",
	}, {
		name: "urgent_share", unit: "share", within: positive(1), unset: "priorities as the trace has them, else all 0",
		does:    "The share of requests, drawn at random, that have priority 0; the others have 1. See `engine.order`.",
		example: "0.2",
	}, {
		name: "client", names: oneOf("client", clientNone, clientBenchmark), unset: strconv.Quote(clientNone),
		does: "Who sends the requests. `benchmark` adds what the client of the measured closed loops takes for each, which " +
			"counts in their TTFT (`client_ms` of the engine's profile); `none` leaves it out.",
		example: strconv.Quote(clientBenchmark),
	}, {
		name: "session_mode", names: oneOf("way of turns", sessionsClosed, sessionsOpen), unset: "closed, where requests follow answers",
		does: "When turns come that follow answers: their pause after the answer (`closed`), or after the turn before them was sent, " +
			"whether that is answered or not (`open`). It counts where requests follow others; a trace's own times are kept.",
		example: strconv.Quote(sessionsOpen),
	}, {
		name: "class", unset: "none",
		does: "Classes of clients, each a `[[workload.class]]` with the keys of a population's `[[class]]` " +
			"([extending.md](../howto/extending.md)): `name`, `share`, `arrival`, `input`, `output`, `turns`, `think_s`, " +
			"`system_prompt`, `hours`, `train`, `priority` and others, and `slo` with limits, as a `[[slo.class]]` of its name has them. " +
			"Those without `arrival` share that of `[workload.synthetic]` by their `share`.",
		example: `[{ name = "chat", arrival = { process = "poisson", rate = 5.0 }, input = { distribution = "fixed", value = 900 }, output = ` +
			`{ distribution = "fixed", value = 200 }, slo = { ttft_ms = 500 } }]`,
	}},
}

var columnsTable = table{
	path: "workload.columns",
	does: "The columns of a plain CSV trace, or the keys of a JSONL one, where they have other names. " +
		"`arrival`, `input` and `output` are needed.",
	example: `[workload]
trace = "requests.csv"
columns = { arrival = "at", input = "prompt_tokens", output = "answer_tokens", unit = "ms" }
`,
	keys: []key{{
		name: "arrival", unset: "required",
		does:    "When a request arrives.",
		example: `"timestamp"`,
	}, {
		name: "input", unset: "required",
		does:    "Tokens of its prompt.",
		example: `"prompt_tokens"`,
	}, {
		name: "output", unset: "required",
		does:    "Tokens of its answer.",
		example: `"answer_tokens"`,
	}, {
		name: "max_output", unset: "none",
		does:    "Most tokens that the request asked for (`max_tokens`), from which some schedulers reserve.",
		example: `"max_tokens"`,
	}, {
		name: "priority", unset: "none",
		does:    "A whole number, the smaller the more urgent. It counts with `engine.order` = `priority`.",
		example: `"priority"`,
	}, {
		name: "session", unset: "none",
		does:    "A name that the turns of one session have in common. It counts with `engine.router` = `session-sticky`.",
		example: `"conversation_id"`,
	}, {
		name: "slo_class", unset: "none",
		does:    "The name of the class of clients that it comes from. It counts with `[[slo.class]]`.",
		example: `"tier"`,
	}, {
		name: "unit", unset: `"s"`,
		does:    "The unit of plain numbers in `arrival`: `s`, `ms`, `us` or `ns`.",
		example: `"ms"`,
	}},
}

// When turns come.
const (
	sessionsClosed = "closed"
	sessionsOpen   = "open"
)

func (s *Scenario) checkWorkload() error {
	w := &s.Workload
	if w.Sessions == sessionsOpen && w.Synthetic.Arrival.Process == "closed" {
		return s.source.fault("workload.session_mode", "has no meaning: a closed loop has no times of arrival", "use another process")
	}
	if w.Trace != "" && s.IsSynthetic() {
		return s.source.fault("workload.trace", "stands beside requests that are drawn", "give one of them")
	}
	for _, key := range []string{"workload.start_s", "workload.end_s"} {
		if w.Synthetic.Arrival.Process == "closed" && s.source.has(key) {
			return s.source.fault(key, "has no meaning: a closed loop has no times of arrival", "cut it by workload.requests")
		}
	}
	if w.End > 0 && w.End <= w.Start {
		return s.source.faultf("workload.end_s", "use a time after start_s", "%g is not after start_s = %g", w.End, w.Start)
	}
	return nil
}

// checkSeeds refuses a seed that another one replaces.
func (s *Scenario) checkSeeds() error {
	y := &s.Workload.Synthetic
	if s.source.has("workload.seed") && s.source.has("workload.synthetic.seed") && s.Workload.Seed != y.Seed {
		return s.source.faultf("workload.seed", "set one of them", "%d stands beside workload.synthetic.seed = %d, which draws the requests", s.Workload.Seed, y.Seed)
	}
	return nil
}

// checkColumns refuses a map of columns where no trace is read.
func (s *Scenario) checkColumns() error {
	y := &s.Workload.Synthetic
	reads := y.Arrival.Trace != "" || y.Input.Trace != "" || y.Output.Trace != ""
	if s.Workload.Columns != (Columns{}) && !reads {
		return s.source.fault("workload.columns", "has no meaning where no trace is read", "leave it out, or give workload.trace")
	}
	return nil
}

func (s *Scenario) resolveWorkload(p *Parts) error {
	w := &s.Workload
	w.RateScale, w.Client = cmp.Or(w.RateScale, 1), cmp.Or(w.Client, clientNone)
	w.Seed = cmp.Or(w.Seed, defaultSeed)
	if err := s.adoptLimits(); err != nil {
		return err
	}
	if s.IsSynthetic() {
		w.Synthetic.Seed = cmp.Or(w.Synthetic.Seed, w.Seed)
		w.Seed = w.Synthetic.Seed
		w.Synthetic.Sessions.complete()
		if err := s.resolveCharacters(p); err != nil {
			return err
		}
	} else {
		w.Trace = cmp.Or(w.Trace, DefaultTrace)
	}
	s.warnOfIdle(p)
	if err := cmp.Or(s.checkWarmup(), s.checkDeadlines()); err != nil {
		return err
	}
	if w.Trace == "" && w.RateScale != 1 && w.Synthetic.Arrival.Process == "closed" {
		return s.source.fault("workload.rate_scale", "means nothing to a closed loop", "change workload.synthetic.arrival.concurrency")
	}
	return nil
}

// warnOfIdle says where priorities are drawn that nothing looks at, and where what is looked at is in no
// request.
func (s *Scenario) warnOfIdle(p *Parts) {
	apart := s.IsSynthetic() && !s.Workload.Synthetic.Sessions.IsSet() && len(s.Workload.Classes) == 0
	if s.Engine.Router == router.SessionSticky && s.copies() > 1 && apart {
		p.warn("router.policy = %q has drawn requests go anywhere: they are of no session", router.SessionSticky)
	}
	if s.hurries() && s.SLO.evenly() {
		p.warn("engine.order = %q has no effect: all requests have the same limit on first tokens", order.Deadline)
	}
	byPriority := s.Engine.Order == order.Priority
	switch drawn := s.Workload.Urgent > 0; {
	case drawn && !byPriority:
		p.warn("urgent_share has no effect: engine.order is not %q", order.Priority)
	case !drawn && byPriority && s.IsSynthetic() && len(s.Workload.Classes) == 0:
		p.warn("engine.order = %q has no effect: drawn requests have priorities where urgent_share says so", order.Priority)
	}
}

// open makes the source of the scenario's requests. The scenario must be resolved.
func (s *Scenario) open() (workloads.Source, error) {
	source, err := s.requests()
	if err != nil {
		return nil, err
	}
	w := &s.Workload
	if source, err = s.schedule(source); err != nil {
		return nil, err
	}
	if w.Start > 0 || w.End > 0 {
		end := units.Forever
		if w.End > 0 {
			end = units.Seconds(w.End).Picoseconds()
		}
		if source, err = workloads.Window(source, units.Seconds(w.Start).Picoseconds(), end); err != nil {
			if wrong := (*fault.Error)(nil); errors.As(err, &wrong) && wrong.Key == "start_s" && w.Start == 0 {
				return nil, s.source.fault("workload.end_s", wrong.Wrong, wrong.Right)
			}
			return nil, s.blame("workload", err)
		}
	}
	if w.Requests > 0 {
		source = workloads.First(source, w.Requests)
	}
	if source, err = workloads.Scale(source, w.RateScale); err != nil {
		return nil, s.blame("workload", err)
	}
	if w.Urgent > 0 {
		source = workloads.Urgent(source, w.Urgent, w.Seed)
	}
	return source, nil
}

// schedule lets turns come as the scenario says.
func (s *Scenario) schedule(source workloads.Source) (workloads.Source, error) {
	_, closed := source.(workloads.Closed)
	switch {
	case s.Workload.Sessions == "":
		return source, nil
	case !workloads.HasTurns(source) || closed && s.Workload.Sessions == sessionsOpen:
		return nil, s.source.fault("workload.session_mode", "means nothing here: no request follows an answer, or none has a time of its own",
			"leave it out")
	case s.Workload.Sessions == sessionsOpen:
		return workloads.OnSchedule(source), nil
	}
	return source, nil
}

func (s *Scenario) openTrace(key, name string) (workloads.Source, error) {
	options := workloads.Options{Columns: workloads.Columns(s.Workload.Columns), Seed: s.Workload.Seed,
		Requests: s.Workload.Requests}
	options.Vocabulary, _ = workloads.LookupVocabulary(s.Model.Name) // else the one that notes name
	source, err := workloads.Open(name, s.source.base(key), options)
	if missing := (*fault.Error)(nil); errors.As(err, &missing) && missing.Line == 0 {
		return nil, s.source.faultf(key, missing.Right, "%s: %s", name, missing.Wrong)
	}
	return source, err
}

// blame points an error about a field of the workload at the scenario's key; one about another file stays as
// it is.
func (s *Scenario) blame(prefix string, err error) error {
	var wrong *fault.Error
	if !errors.As(err, &wrong) || wrong.File != "" || wrong.Key == "" || strings.HasPrefix(wrong.Key, prefix) {
		return err
	}
	return s.source.fault(prefix+"."+wrong.Key, wrong.Wrong, wrong.Right)
}

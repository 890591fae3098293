package workloads

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/roofserve/roofserve/internal/hash"
)

// traceLab is TraceLab's traces of coding agents (University of Washington): a round of a session a line,
// with the tokens of its prompt that the provider's cache had and those that it had not. What of a prompt was
// in the cache is the beginning of the session's prompt before; the contents of others are not known.
var traceLab = format{
	name: "TraceLab",
	about: "rounds of sessions, `prefix_tokens` that the cache had and `newly_append_tokens` after them, `output_tokens`; the first round " +
		"arrives at the latest of its inputs in `timing_events`, others follow the answer before as long after it as there",
	source: "github.com/uw-syfi/TraceLab; github.com/ai-dynamo/aiperf, docs/tutorials/tracelab-trace.md",
	turns:  true,
	open: func(first *head) rows {
		o := first.object
		if o["session_id"] == nil || o["prefix_tokens"] == nil || o["newly_append_tokens"] == nil {
			return nil
		}
		return &roundRows{}
	},
}

// roundRows reads them.
type roundRows struct {
	book
	rounds []tracedRound
	names  map[string]int // of sessions, in order
	failed int
}

// tracedRound is a round as it stands in the file.
type tracedRound struct {
	session, index, line int
	prefix, added        int
	output               int
	begin, end           instant // when it was sent, and its answer came; 0 where that is not known
}

// roundRow is a line.
type roundRow struct {
	Session string   `json:"session_id"`
	Index   int      `json:"round_index"`
	Prefix  *float64 `json:"prefix_tokens"`
	Added   *float64 `json:"newly_append_tokens"`
	Output  *float64 `json:"output_tokens"`
	Events  []struct {
		Kind string `json:"event_type"`
		At   string `json:"timestamp"`
	} `json:"timing_events"`
}

func (*roundRows) column(role int) string {
	return [roles]string{roleArrival: "timing_events", roleInput: "input_tokens_total", roleOutput: "output_tokens"}[role]
}

// chunk implements chunked.
func (*roundRows) chunk() int { return contentTokens }

// read implements rows; it is not asked where group is.
func (*roundRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// group implements grouped.
func (r *roundRows) group(record []byte, line int) *mistake {
	var row roundRow
	if err := json.Unmarshal(record, &row); err != nil {
		return &mistake{"", "is not a round of a session: " + oneLine(err), "write one object a line"}
	}
	if row.Prefix == nil || row.Added == nil || row.Output == nil || *row.Prefix+*row.Added == 0 { // interrupted
		r.failed++
		return nil
	}
	one := tracedRound{index: row.Index, line: line}
	var wrong *mistake
	for _, c := range []struct {
		to   *int
		from *float64
		name string
	}{{&one.prefix, row.Prefix, "prefix_tokens"}, {&one.added, row.Added, "newly_append_tokens"},
		{&one.output, row.Output, "output_tokens"}} {
		if *c.to, wrong = tokenCount(c.from, nil, c.name, 0); wrong != nil {
			return wrong
		}
	}
	for _, e := range row.Events {
		at, err := time.Parse(time.RFC3339Nano, e.At)
		if err != nil || at.Unix() < 0 {
			continue
		}
		to := &one.end
		if e.Kind == "user_message" || e.Kind == "tool_result" {
			to = &one.begin
		}
		if now := (instant{at.Unix(), int64(at.Nanosecond()) * 1000}); now.after(*to) {
			*to = now
		}
	}
	if one.session = r.session(row.Session); len(r.rounds) == maxTurns {
		return &mistake{"", "has more rounds than are put together to sessions in memory", "cut the file"}
	}
	r.rounds = append(r.rounds, one)
	return nil
}

// session is the number of a session.
func (r *roundRows) session(name string) int {
	if r.names == nil {
		r.names = map[string]int{}
	}
	n, met := r.names[name]
	if !met {
		n = len(r.names)
		r.names[name] = n
	}
	return n
}

// after tells whether an instant comes after another.
func (i instant) after(other instant) bool {
	return i.seconds > other.seconds || i.seconds == other.seconds && i.picoseconds > other.picoseconds
}

// minus is how long after another an instant comes; 0 where it comes before.
func (i instant) minus(other instant) instant {
	if !i.after(other) {
		return instant{}
	}
	d := instant{i.seconds - other.seconds, i.picoseconds - other.picoseconds}
	if d.picoseconds < 0 {
		d = instant{d.seconds - 1, d.picoseconds + second}
	}
	return d
}

// arrange implements grouped: it puts the rounds of each session in order and makes their prompts.
func (r *roundRows) arrange() *mistake {
	slices.SortStableFunc(r.rounds, func(a, b tracedRound) int {
		return cmp.Or(cmp.Compare(a.session, b.session), cmp.Compare(a.index, b.index))
	})
	var t *thread
	var context []piece
	for i := range r.rounds {
		one := &r.rounds[i]
		begins := i == 0 || one.session != r.rounds[i-1].session
		if begins {
			t, context = r.thread(""), nil
		}
		own := mix(hash.Name("round"), mix(t.number, uint64(one.index)))
		context = reach(context, one.prefix, own)
		if one.added > 0 {
			context = append(context, piece{id: own, tokens: one.added})
		}
		turn := bookTurn{line: one.line, prompt: slices.Clone(context), output: max(1, one.output)}
		var at *instant
		if begins {
			at = &one.begin
		} else if last := &r.rounds[i-1]; one.begin != (instant{}) && last.end != (instant{}) {
			turn.gap = one.begin.minus(last.end)
		}
		if wrong := r.add(t, at, turn); wrong != nil {
			return wrong
		}
	}
	r.rounds, r.names = nil, nil
	return r.book.arrange()
}

// reach is so many tokens from the beginning of a context; what it lacks is of a piece of its own.
func reach(context []piece, tokens int, own uint64) []piece {
	for i := range context {
		if context[i].tokens >= tokens {
			context[i].tokens = tokens
			if tokens == 0 {
				return context[:i]
			}
			return context[:i+1]
		}
		tokens -= context[i].tokens
	}
	if tokens > 0 {
		context = append(context, piece{id: mix(hash.Name("before"), own), tokens: tokens})
	}
	return context
}

// left implements leaving.
func (r *roundRows) left() string {
	if r.failed == 0 {
		return ""
	}
	return "rounds without counts of tokens are left out"
}

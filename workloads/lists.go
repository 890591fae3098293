package workloads

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/roofserve/roofserve/internal/names"
)

// lists is records that hold several requests each: those of one time, or all of a workload.
var lists = format{
	name: "lists of requests (AIBrix)",
	about: "`requests` or `queries`, each with lengths under usual names, and a time of its own, in s, or its record's `timestamp`, in " +
		"ms; an answer without a length has 256 tokens; contents of prompts that are there as `prompt`",
	source: "github.com/vllm-project/aibrix, benchmarks/generator/workload-generator/README.md",
	open: func(first *head) rows {
		var record listed
		if first.object == nil || json.Unmarshal(first.text, &record) != nil || len(record.requests()) == 0 {
			return nil
		}
		rows := &listRows{}
		if _, input := rows.find(record.requests()[0], usual[roleInput]); input == nil {
			return nil
		}
		_, at := rows.find(record.requests()[0], usual[roleArrival])
		if rows.timed = at != nil || record.Timestamp != nil; !rows.timed {
			return nil
		}
		rows.told = textOf(record.requests()[0]["prompt"]) != ""
		return rows
	},
}

// chunk implements chunked.
func (l *listRows) chunk() int {
	if l.told {
		return contentTokens
	}
	return 0
}

// use implements texts.
func (l *listRows) use(t textTokens) { l.textTokens = t }

// listed is a record.
type listed struct {
	Timestamp *float64                     `json:"timestamp"`
	Requests  []map[string]json.RawMessage `json:"requests"`
	Queries   []map[string]json.RawMessage `json:"queries"`
}

func (l *listed) requests() []map[string]json.RawMessage {
	if len(l.Requests) > 0 {
		return l.Requests
	}
	return l.Queries
}

// listRows reads them.
type listRows struct {
	textTokens
	content content
	told    bool // prompts are there as text, so that their contents are known
	timed   bool
	clock   anyTime
	list    []listRequest // of the present record
	next    int
	unknown int
}

// textPiece is how many characters of a prompt are content of their own, so that prompts which begin alike
// share what they begin with: those of a block of English.
const textPiece = 60

type listRequest struct {
	at            instant
	input, output int
	ids           []uint64
}

func (l *listRows) column(role int) string {
	return [roles]string{roleArrival: "timestamp", roleInput: "prompt_length", roleOutput: "output_length"}[role]
}

// read implements rows; it is not asked where expand is.
func (l *listRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// left implements leaving.
func (l *listRows) left() string { return unknownAnswers(l.unknown) }

// find is the number of a request under the likeliest of the usual names, and that name; nil where there is
// none.
func (l *listRows) find(request map[string]json.RawMessage, usual []string) (string, json.RawMessage) {
	var key string
	var value json.RawMessage
	best := len(usual)
	for name, text := range request {
		joined, _ := names.Plain(name)
		if at := slices.Index(usual, joined); at >= 0 && at < best && isNumber(text) {
			best, key, value = at, name, text
		}
	}
	return key, value
}

// expand implements several.
func (l *listRows) expand(record []byte) *mistake {
	l.list, l.next = l.list[:0], 0
	var all listed
	if err := json.Unmarshal(record, &all); err != nil {
		return &mistake{"", "is not a list of requests: " + oneLine(err), "write one object for each time"}
	}
	at, wrong := milliseconds(all.Timestamp, "timestamp")
	if wrong != nil {
		return wrong
	}
	for _, request := range all.requests() {
		one, wrong := l.request(request, at)
		if wrong != nil {
			return wrong
		}
		l.list = append(l.list, one)
	}
	slices.SortStableFunc(l.list, func(a, b listRequest) int {
		return cmp.Or(cmp.Compare(a.at.seconds, b.at.seconds), cmp.Compare(a.at.picoseconds, b.at.picoseconds))
	})
	return nil
}

// request reads one, which arrives with its record where it does not say when.
func (l *listRows) request(from map[string]json.RawMessage, at *instant) (one listRequest, wrong *mistake) {
	if at != nil {
		one.at = *at
	}
	if key, value := l.find(from, usual[roleArrival]); value != nil {
		var clock clock = &l.clock
		if _, unit := names.Plain(key); unit != "" {
			clock = timeUnits[unit]
		}
		var what, right string
		if one.at, what, right = clock.read(value); what != "" {
			return one, &mistake{key, what, right}
		}
	}
	key, value := l.find(from, usual[roleInput])
	if value == nil {
		return one, &mistake{"prompt_length", "is missing", "give every request its length"}
	}
	if one.input, wrong = careful(value, key); wrong != nil {
		return one, wrong
	}
	if l.told { // by a table of characters, as far as the prompt's length goes
		l.content.reset()
		for piece := range slices.Chunk([]rune(textOf(from["prompt"])), textPiece) {
			l.append(&l.content, string(piece))
		}
		one.ids = slices.Clone(l.content.ids[:min(len(l.content.ids), one.input/contentTokens)])
	}
	key, value = l.find(from, append(slices.Clone(usual[roleOutput]), "maxoutputtokens", "maxtokens", "maxcompletiontokens"))
	if value == nil {
		l.unknown++
		one.output = unknownAnswer
		return one, nil
	}
	one.output, wrong = careful(value, key)
	return one, wrong
}

// take implements several.
func (l *listRows) take(r *Request) (at instant, ok bool) {
	if l.next == len(l.list) {
		return at, false
	}
	one := l.list[l.next]
	*r = Request{Input: one.input, Output: max(1, one.output), Blocks: one.ids}
	l.next++
	return one.at, true
}

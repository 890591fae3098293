package workloads

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// common is any table whose columns say in usual words what they hold. It is tried after all that are known
// by name, and the notes say how it was taken.
var common = format{
	name: "a table with usual names",
	about: "arrival (`arrival_time`, `timestamp`, `start_time` …; a unit such as `_ms` at its end, dates, or plain " +
		"numbers from whose size the unit follows), prompt tokens (`prompt_tokens`, `input_len` …) and output tokens " +
		"(`completion_tokens`, `output_len` …); without arrivals, lengths alone; in any order",
	source:    "names that public traces and logs use",
	open:      openCommon,
	unordered: true,
}

// usual are the names of columns by their roles, the likelier first, without what parts their words.
var usual = [roles][]string{
	roleArrival: {"arrival", "arrivaltime", "arrivaltimestamp", "arrivedat", "requestarrivaltime", "timestamp",
		"requesttimestamp", "starttime", "requeststarttime", "starttimestamp", "start", "requeststart", "submittime",
		"submittedat", "sendtime", "sentat", "launchtime", "requesttime", "receivedat", "createdat", "created", "datetime", "time", "ts"},
	roleInput: {"input", "inputtokens", "prompttokens", "inputlength", "inputlen", "promptlength", "promptlen",
		"numprompttokens", "numinputtokens", "nprompttokens", "inputtokencount", "prompttokencount", "inputtoks",
		"requesttokens", "contexttokens", "prefilltokens", "numprefilltokens", "prefilllen", "prefilllength", "prefill", "promptsize", "inputsize", "isl",
		"inputsequencelength", "usageprompttokens", "usageinputtokens", "tokinputlength", "prompt", "in"},
	roleOutput: {"output", "outputtokens", "completiontokens", "outputlength", "outputlen", "completionlength",
		"completionlen", "generatedtokens", "responsetokens", "numoutputtokens", "numcompletiontokens",
		"noutputtokens", "outputtokencount", "completiontokencount", "outputtoks", "decodetokens", "numdecodetokens", "decodelen", "decodelength", "decode", "genlen",
		"genlength", "gentokens", "generationlen", "generationlength", "generationtokens", "numgeneratedtokens", "newtokens",
		"responselength", "responselen", "outputsize", "tokensize", "osl", "outputsequencelength",
		"usagecompletiontokens", "usageoutputtokens", "tokoutputlength", "completion", "out"},
}

// countName is a name of a count of tokens as the likeliest of the usual names write it, without what says
// that it is a number: input_token_num is "inputtokens".
func countName(name string) string {
	list := slices.DeleteFunc(names.Words(name), func(word string) bool {
		return slices.Contains([]string{"num", "number", "count", "cnt", "n", "no", "of", "total"}, word)
	})
	for i, word := range list {
		if word == "token" || word == "toks" || word == "tok" {
			list[i] = "tokens"
		}
	}
	return strings.Join(list, "")
}

// openCommon finds the columns of a table by usual names.
func openCommon(first *head) rows {
	var found roleNames
	clock := clock(&anyTime{})
	present := columnNames(first)
	if slices.ContainsFunc(present, names.CountsCalls) {
		return nil
	}
	for _, role := range []int{roleArrival, roleInput, roleOutput} {
		best := len(usual[role])
		for _, name := range present {
			joined, unit := names.Plain(name)
			at := slices.Index(usual[role], joined)
			if at < 0 && role != roleArrival {
				at = slices.Index(usual[role], countName(name))
			}
			if text := first.object[name]; text != nil && role != roleArrival && !isNumber(text) {
				continue // a prompt or an answer as text
			}
			if at >= 0 && at < best {
				best, found[role] = at, name
				if role == roleArrival && unit != "" {
					clock = timeUnits[unit]
				}
			}
		}
	}
	if found[roleInput] == "" || found[roleOutput] == "" {
		return nil
	}
	switch rows := openTable(first, found, clock).(type) {
	case *csvRows:
		rows.said = remarkOn(found)
		return rows
	case *jsonRows:
		rows.said = remarkOn(found)
		return rows
	}
	return nil
}

// hasArrivals tells whether a table has a column whose usual name says that it holds arrivals.
func hasArrivals(first *head) bool {
	return slices.ContainsFunc(columnNames(first), func(name string) bool {
		joined, _ := names.Plain(name)
		return slices.Contains(usual[roleArrival], joined)
	})
}

// remarkOn says for what columns are taken.
func remarkOn(found roleNames) string {
	text := fmt.Sprintf("%q is taken for prompt tokens, %q for output tokens", found[roleInput], found[roleOutput])
	if found[roleArrival] != "" {
		text += fmt.Sprintf(", %q for arrivals", found[roleArrival])
	}
	return text
}

// columnNames are those of a table, or the keys of its first object.
func columnNames(first *head) []string {
	if first.object != nil {
		return slices.Sorted(maps.Keys(first.object))
	}
	for i := range len(separators) {
		table := csv.NewReader(bytes.NewReader(first.text))
		table.Comma = rune(separators[i])
		if record, err := table.Read(); err == nil && len(record) > 1 {
			for i := range record {
				record[i] = strings.TrimSpace(record[i])
			}
			return record
		}
	}
	return nil
}

// anyTime reads dates, or plain numbers of a unit that follows from the size of the first: those of an epoch
// have 10 digits before the point in seconds, 13 in milliseconds, 16 in microseconds, 19 in nanoseconds;
// smaller ones are seconds.
type anyTime struct {
	unit     ticks
	calendar calendar
	dates    bool
}

func (a *anyTime) read(field []byte) (at instant, wrong, right string) {
	if a.unit.perSecond == 0 && !a.dates {
		d, ok := parseDecimal(field)
		if !ok {
			var wrong string
			if d, wrong = carefulTime(field); wrong != "" {
				a.dates = true
				return a.calendar.read(field)
			}
		}
		switch {
		case d.whole >= 1e17:
			a.unit = timeUnits["ns"]
		case d.whole >= 1e14:
			a.unit = timeUnits["us"]
		case d.whole >= 1e11:
			a.unit = timeUnits["ms"]
		default:
			a.unit = timeUnits["s"]
		}
	}
	if a.dates {
		return a.calendar.read(field)
	}
	return a.unit.read(field)
}

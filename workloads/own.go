package workloads

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// own is roofserve's own traces, which hold all that a request may have: a line that says so, and an object
// for each request.
var own = format{
	name: "roofserve's own",
	about: "a first line `{\"roofserve\":\"workload\",…}`, then `arrival` in s or the `gap` after the answer before, " +
		"`input`, `output`, `max_output`, `priority`, `slo_class`, `session`, content ids as `blocks` of `block_tokens`, which go on " +
		"into the answer where `beyond` is set",
	source: "`roofserve workload convert IN OUT --to roofserve`",
	turns:  true, absolute: true,
	open: func(first *head) rows {
		var kind string
		if json.Unmarshal(first.object["roofserve"], &kind) != nil || kind != "workload" {
			return nil
		}
		rows := &ownRows{}
		if json.Unmarshal(first.object["block_tokens"], &rows.tokens) != nil || rows.tokens < 0 ||
			rows.tokens > MaxTokens {
			rows.tokens = 0
		}
		return rows
	},
}

// ownRow is a request as its line has it.
type ownRow struct {
	Arrival   json.Number `json:"arrival"`
	Gap       json.Number `json:"gap"`
	Input     *float64    `json:"input"`
	Output    *float64    `json:"output"`
	MaxOutput int         `json:"max_output"`
	Priority  int32       `json:"priority"`
	SLOClass  string      `json:"slo_class"`
	Session   string      `json:"session"`
	Blocks    []uint64    `json:"blocks"`
	Beyond    bool        `json:"beyond"`
}

// ownRows reads them.
type ownRows struct {
	tokens int // of one of Blocks
	begun  bool
}

func (*ownRows) header() {}

func (o *ownRows) column(role int) string {
	return [roles]string{roleArrival: "arrival", roleInput: "input", roleOutput: "output",
		roleMaxOutput: "max_output"}[role]
}

// chunk implements chunked.
func (o *ownRows) chunk() int { return o.tokens }

// read implements rows.
func (o *ownRows) read(record []byte, r *Request) (at instant, wrong *mistake) {
	var row ownRow
	if err := json.Unmarshal(record, &row); err != nil {
		return at, &mistake{"", "is not a request: " + oneLine(err), "write one object a line"}
	}
	*r = Request{MaxOutput: row.MaxOutput, Priority: row.Priority, Class: ClassNamed(row.SLOClass),
		Blocks: row.Blocks, Beyond: row.Beyond}
	if r.Input, wrong = tokenCount(row.Input, nil, "input", 1); wrong != nil {
		return at, wrong
	}
	if r.Output, wrong = tokenCount(row.Output, nil, "output", 0); wrong != nil {
		return at, wrong
	}
	if row.MaxOutput < 0 || row.MaxOutput > MaxTokens {
		return at, &mistake{"max_output", fmt.Sprintf("%d is no number of tokens", row.MaxOutput), "use a whole number"}
	}
	context := r.Input
	if r.Beyond {
		context += r.Output
	}
	if len(r.Blocks) > 0 && (o.tokens == 0 || (len(r.Blocks)-1)*o.tokens >= context) {
		return at, &mistake{"blocks", fmt.Sprintf("%d ids for %d tokens", len(r.Blocks), context), "give one for each block_tokens of the first line"}
	}
	if row.Session != "" {
		number, err := strconv.ParseUint(row.Session, 16, 64)
		if r.Session = number; err != nil {
			r.Session = session([]byte(row.Session))
		}
	}
	return o.time(&row, r)
}

// time is when a request arrives, or in r how long after the answer before.
func (o *ownRows) time(row *ownRow, r *Request) (at instant, wrong *mistake) {
	key, text := "arrival", row.Arrival
	if r.Follows = row.Gap != "" && o.begun; r.Follows {
		key, text = "gap", row.Gap
	}
	o.begun = true
	at, what, right := timeUnits["s"].read([]byte(text))
	if what != "" {
		return at, &mistake{key, what, right}
	}
	if r.Follows {
		r.Gap = at.since()
	}
	return at, nil
}

// writeOwn writes roofserve's own traces.
var writeOwn = writer{
	name: "roofserve",
	head: func(what written) string {
		if what.tokens > 0 {
			return fmt.Sprintf(`{"roofserve":"workload","block_tokens":%d}`+"\n", what.tokens)
		}
		return `{"roofserve":"workload"}` + "\n"
	},
	append: func(line []byte, r *Request, _ written) ([]byte, *mistake) {
		if r.Follows {
			line = appendSeconds(append(line, `{"gap":`...), r.Gap)
		} else {
			line = appendSeconds(append(line, `{"arrival":`...), r.Arrival)
		}
		line = appendField(appendField(line, `,"input":`, r.Input), `,"output":`, r.Output)
		if r.MaxOutput > 0 {
			line = appendField(line, `,"max_output":`, r.MaxOutput)
		}
		if r.Priority != 0 {
			line = appendField(line, `,"priority":`, int(r.Priority))
		}
		if class := r.Class.String(); class != "" {
			line = append(append(line, `,"slo_class":`...), quoted(class)...)
		}
		if r.Session != 0 {
			line = append(strconv.AppendUint(append(line, `,"session":"`...), r.Session, 16), '"')
		}
		if len(r.Blocks) > 0 {
			line = appendIDs(append(line, `,"blocks":`...), r.Blocks)
		}
		if r.Beyond && len(r.Blocks) > 0 {
			line = append(line, `,"beyond":true`...)
		}
		return append(line, '}'), nil
	},
}

// quoted is a text as JSON has it.
func quoted(text string) []byte {
	line, err := json.Marshal(text)
	if err != nil {
		panic(err) // there is JSON for every text
	}
	return line
}

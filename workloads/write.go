package workloads

import (
	"bufio"
	"io"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

// writer is a format that requests are written in. Each has one in the file of the format that reads it.
type writer struct {
	name string
	// head is what stands before the requests.
	head func(what written) string
	// append appends a request to a line, or says what the format cannot hold.
	append func(line []byte, r *Request, what written) ([]byte, *mistake)
}

// written is what requests to be written are like.
type written struct {
	tokens  int  // that each of their content ids covers; 0: they have none
	classed bool // the first is of a class of clients
}

// writers are the formats that Write knows.
func writers() []writer { return []writer{writeOwn, writeMooncake, writeVidur, writePlain} }

// Targets are the names of the formats that Write knows.
func Targets() []string {
	var list []string
	for _, w := range writers() {
		list = append(list, w.name)
	}
	return list
}

// Write writes the requests of a source in one of Targets, and returns their number. What the format cannot
// hold is an error.
func Write(to io.Writer, from Source, target string) (requests int, err error) {
	i := slices.Index(Targets(), target)
	if i < 0 {
		return 0, &fault.Error{Key: "to", Wrong: "unknown format " + strconv.Quote(target), Right: names.Suggest(target, Targets())}
	}
	format := writers()[i]
	var what written
	if p, is := from.(Prefixed); is {
		what.tokens = p.BlockTokens()
	}
	out := bufio.NewWriterSize(to, 64<<10)
	var line []byte
	var r Request
	more := from.Next(&r)
	what.classed = more && r.Class != (ClassName{})
	if _, err := out.WriteString(format.head(what)); err != nil {
		return 0, err
	}
	for ; more; more = from.Next(&r) {
		requests++
		var wrong *mistake
		if line, wrong = format.append(line[:0], &r, what); wrong != nil {
			return requests - 1, &fault.Error{Key: wrong.column, Wrong: wrong.wrong, Right: wrong.right}
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return requests - 1, err
		}
	}
	if err := from.Err(); err != nil {
		return requests, err
	}
	return requests, out.Flush()
}

// noTurns is the mistake of a format whose requests arrive at times of their own.
func noTurns(r *Request) *mistake {
	if !r.Follows {
		return nil
	}
	return &mistake{"to", "a request follows the answer before it, which this format cannot say", "use roofserve or mooncake"}
}

// appendSeconds appends a time in s, exactly.
func appendSeconds(line []byte, t units.Picoseconds) []byte { return appendTime(line, t, second) }

// appendTime appends a time in a unit of so many ps, exactly.
func appendTime(line []byte, t units.Picoseconds, unit int64) []byte {
	line = strconv.AppendInt(line, int64(t)/unit, 10)
	rest := int64(t) % unit
	if rest == 0 {
		return line
	}
	digits := strconv.AppendInt(nil, unit+rest, 10) // a 1 and the digits behind the point
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return append(append(line, '.'), digits[1:]...)
}

// appendField appends a key and a number.
func appendField(line []byte, key string, n int) []byte {
	return strconv.AppendInt(append(line, key...), int64(n), 10)
}

// appendIDs appends content ids as an array.
func appendIDs(line []byte, ids []uint64) []byte {
	line = append(line, '[')
	for i, id := range ids {
		if i > 0 {
			line = append(line, ',')
		}
		line = strconv.AppendUint(line, id&maxID, 10)
	}
	return append(line, ']')
}

// maxID is the largest content id that is written: many languages have no larger whole numbers.
const maxID = 1<<63 - 1

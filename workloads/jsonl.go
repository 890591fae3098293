package workloads

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/hash"
	"github.com/roofserve/roofserve/internal/names"
)

// jsonRows reads records that are JSON objects. It scans by hand: encoding/json takes ten times as long.
type jsonRows struct {
	roleNames
	clock   clock
	tokens  int      // prompt tokens of one block; 0: rows have none
	blocks  []uint64 // of the current row
	chained bool     // an id stands for its own block alone, not for all content up to there
	chats   chats    // where rows name the one that they go on with
	order   int      // of the current row
	said    string   // how the file was taken
	row     jsonScanner
}

// newJSONL reads rows that have the columns as keys. The first record tells whether they have; the mistake,
// which lacks.
func newJSONL(first *head, columns roleNames, clock clock) (*jsonRows, *mistake) {
	if first.object == nil {
		return nil, &mistake{wrong: "is not a JSON object", right: "write one object a line"}
	}
	known := slices.Sorted(maps.Keys(first.object))
	for role, name := range columns {
		if _, ok := first.object[name]; name != "" && role <= roleBlocks && !ok {
			return nil, &mistake{name, "no such key", names.Suggest(name, known)}
		}
	}
	return &jsonRows{roleNames: columns, clock: clock}, nil
}

// openBlocks reads rows whose prompts have content ids, of blocks of so many tokens unless the first row's
// are of another usual size; nil where they have none.
func openBlocks(first *head, columns roleNames, usual int, clock clock) rows {
	rows, wrong := newJSONL(first, columns, clock)
	if wrong != nil {
		return nil
	}
	var row struct{ Input, IDs json.RawMessage }
	row.Input, row.IDs = first.object[columns[roleInput]], first.object[columns[roleBlocks]]
	rows.tokens = blockSize(row.Input, row.IDs, usual)
	return rows
}

// blockSizes are the tokens of a block that engines and tools cut prompts into.
var blockSizes = []int{16, 32, 64, 128, 256, 512, 1024}

// blockSize is how many tokens each of the ids of a prompt covers: usual, unless they are as many as only
// another size makes.
func blockSize(input, ids json.RawMessage, usual int) int {
	var tokens int
	var list []json.RawMessage
	if json.Unmarshal(input, &tokens) != nil || json.Unmarshal(ids, &list) != nil || len(list) < 2 ||
		units.CeilDiv(tokens, usual) == len(list) {
		return usual
	}
	for _, size := range blockSizes {
		if units.CeilDiv(tokens, size) == len(list) {
			return size
		}
	}
	return usual
}

// chunk implements chunked.
func (j *jsonRows) chunk() int { return j.tokens }

// remark implements remarked.
func (j *jsonRows) remark() string { return j.said }

// rank implements ranked.
func (j *jsonRows) rank() int { return j.order }

// read implements rows.
func (j *jsonRows) read(line []byte, r *Request) (at instant, wrong *mistake) {
	r.MaxOutput, r.Priority, r.Session, r.Class = 0, 0, 0, ClassName{}
	j.blocks = j.blocks[:0]
	var found [roles]bool
	var parent uint64
	s := &j.row
	s.start(line)
	for s.key() {
		role := j.roleOf(s.token)
		switch role {
		case skip:
			s.skipValue()
			continue
		case roleBlocks:
			wrong = j.readBlocks()
		case roleOrder:
			j.order, _ = parseCount(s.number())
		case roleParent:
			parent = session(s.number())
		case roleArrival:
			var what, right string
			if at, what, right = j.clock.read(s.number()); what != "" {
				wrong = &mistake{j.roleNames[role], what, right}
			}
		default:
			wrong = assign(r, role, s.number(), j.roleNames[role])
		}
		if wrong != nil {
			return at, wrong
		}
		found[role] = true
	}
	if s.bad {
		return at, &mistake{"", fmt.Sprintf("is not a JSON object from byte %d on", s.at), "write one object a line"}
	}
	for role, name := range j.roleNames {
		if name != "" && !found[role] && role <= roleBlocks {
			return at, &mistake{name, "is missing", "give every row this key"}
		}
	}
	if j.chats != nil {
		r.Session = j.chats.root(r.Session, parent)
	}
	return at, j.checkBlocks(r)
}

// checkBlocks hands the blocks to the request: no more than its prompt has, the last of which may be partly
// filled.
func (j *jsonRows) checkBlocks(r *Request) *mistake {
	r.Blocks = nil
	if j.tokens == 0 {
		return nil
	}
	if most := units.CeilDiv(r.Input, j.tokens); len(j.blocks) > most {
		return &mistake{j.column(roleBlocks), fmt.Sprintf("%d ids for %d prompt tokens", len(j.blocks), r.Input),
			fmt.Sprintf("give one for each %d tokens", j.tokens)}
	}
	if j.chained {
		chain(j.blocks)
	}
	r.Blocks = j.blocks
	return nil
}

// chain makes ids of blocks' own content stand for all content up to there.
func chain(blocks []uint64) {
	for i := 1; i < len(blocks); i++ {
		blocks[i] = mix(blocks[i-1], blocks[i])
	}
}

// mix is a hash of two numbers.
func mix(a, b uint64) uint64 { return hash.Scramble(a + (b+1)*hash.Golden) }

func (j *jsonRows) roleOf(key []byte) int {
	for role := range j.roleNames {
		if string(key) == j.roleNames[role] {
			return role
		}
	}
	return skip
}

// readBlocks reads an array of ids.
func (j *jsonRows) readBlocks() *mistake {
	s := &j.row
	const right = "use whole numbers from 0"
	if !s.take('[') {
		return &mistake{j.column(roleBlocks), "is not an array", right}
	}
	if s.take(']') {
		return nil
	}
	for {
		s.blank()
		var id uint64
		begin := s.at
		for ; s.at < len(s.line) && s.line[s.at]-'0' <= 9; s.at++ {
			id = id*10 + uint64(s.line[s.at]-'0')
		}
		if digits := s.at - begin; digits == 0 || digits > 19 || digits == 19 && id > math.MaxInt64 {
			return &mistake{j.column(roleBlocks), fmt.Sprintf("has an id that is no whole number: %.20q", s.line[begin:]), right}
		}
		j.blocks = append(j.blocks, id)
		if s.take(',') {
			continue
		}
		if s.take(']') {
			return nil
		}
		return &mistake{j.column(roleBlocks), fmt.Sprintf("has %.20q where a comma or ] belongs", s.line[s.at:]), right}
	}
}

// jsonScanner walks over one object. Once bad, it stays so.
type jsonScanner struct {
	line  []byte
	at    int
	token []byte // the last key
	first bool   // no key was read yet
	bad   bool
}

func (s *jsonScanner) start(line []byte) {
	*s = jsonScanner{line: line, first: true}
	s.bad = !s.take('{')
}

func (s *jsonScanner) blank() {
	for s.at < len(s.line) && (s.line[s.at] == ' ' || s.line[s.at] == '\t' || s.line[s.at] == '\r') {
		s.at++
	}
}

// take moves over c, and blanks before it, if it comes next.
func (s *jsonScanner) take(c byte) bool {
	s.blank()
	if s.at < len(s.line) && s.line[s.at] == c {
		s.at++
		return true
	}
	return false
}

// key reads the next key and its colon; false at the end of the object, or where it is bad.
func (s *jsonScanner) key() bool {
	if s.bad {
		return false
	}
	if s.take('}') {
		s.blank()
		s.bad = s.at < len(s.line)
		return false
	}
	if !s.first && !s.take(',') {
		s.bad = true
		return false
	}
	s.first = false
	s.blank()
	s.token = s.quoted()
	s.bad = s.bad || !s.take(':')
	return !s.bad
}

// quoted reads a string and leaves its escapes as they are: keys and numbers have none.
func (s *jsonScanner) quoted() []byte {
	if !s.take('"') {
		s.bad = true
		return nil
	}
	for i := s.at; i < len(s.line); i++ {
		switch s.line[i] {
		case '\\':
			i++
		case '"':
			text := s.line[s.at:i]
			s.at = i + 1
			return text
		}
	}
	s.bad = true
	return nil
}

// number is the text of the next value: a number or word as it stands, a string without its quotes.
func (s *jsonScanner) number() []byte {
	s.blank()
	if s.at < len(s.line) && s.line[s.at] == '"' {
		return s.quoted()
	}
	begin := s.at
	for s.at < len(s.line) && !isDelimiter(s.line[s.at]) {
		s.at++
	}
	return s.line[begin:s.at]
}

func isDelimiter(c byte) bool {
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\r'
}

// skipValue moves over a value of any kind, nested or not.
func (s *jsonScanner) skipValue() {
	depth := 0
	for !s.bad {
		s.blank()
		if s.at == len(s.line) {
			s.bad = true
			return
		}
		switch c := s.line[s.at]; {
		case c == '"':
			s.quoted()
		case c == '{' || c == '[':
			s.at++
			depth++
			continue
		case c == '}' || c == ']':
			if depth == 0 {
				s.bad = true
				return
			}
			s.at++
			depth--
		case (c == ',' || c == ':') && depth > 0:
			s.at++
			continue
		default:
			if len(bytes.TrimSpace(s.number())) == 0 {
				s.bad = true
				return
			}
		}
		if depth == 0 {
			return
		}
	}
}

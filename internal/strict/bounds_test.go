package strict_test

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/strict"
)

// allocated is the number of bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// nested is x in n arrays.
func nested(n int) string {
	return "[a]\nb.c = " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n"
}

func TestDocumentsOutOfBoundsAreRefusedBeforeTheyAreParsed(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("a.", n-1) + "a" }
	tables := func(n int) string { return "x = " + strings.Repeat("{y=", n) + "1" + strings.Repeat("}", n) }
	documents := map[string]struct{ text, want string }{
		"arrays at the bound":    {nested(61), ""},
		"arrays":                 {nested(62), "f.toml:2: b.c: nests tables and arrays more than 64 deep"},
		"many arrays":            {nested(1 << 20), "f.toml:2: b.c: nests"},
		"arrays without an end":  {"\n\na = " + strings.Repeat("[", 1<<20), "f.toml:3: a: nests"},
		"one array a line":       {"a = " + strings.Repeat("[\n", 100), "f.toml:64: a: nests"},
		"dotted key":             {deep(65) + " = 1", "f.toml:1: nests"},
		"dotted key at bound":    {deep(64) + " = 1", ""},
		"long dotted key":        {"x=1\n" + deep(1<<20) + " = 1", "f.toml:2: nests"},
		"spaces between":         {strings.Repeat("a . ", 64) + "a = 1", "f.toml:1: nests"},
		"quoted parts":           {strings.Repeat("\"a\".", 64) + "a = 1", "f.toml:1: nests"},
		"header":                 {"[" + deep(65) + "]", "f.toml:1: nests"},
		"header and key":         {"[" + deep(40) + "]\n" + deep(25) + "=1", "f.toml:2: a.a"},
		"array of tables":        {"[[" + deep(65) + "]]", "f.toml:1: nests"},
		"inline tables at bound": {tables(31), ""},
		"inline tables":          {tables(33), "f.toml:1: x: nests"},
		"tables in arrays":       {"x = " + strings.Repeat("[{y=", 30), "f.toml:1: x: nests"},
		"inline dotted keys":     {"x = {" + deep(40) + " = {" + deep(40) + " = 1}}", "f.toml:1: x: nests"},
		"keys":                   {strings.Repeat("k = 1\n", 100_001), "f.toml:100001: k: is beyond the first 100000 keys and values"},
		"elements":               {"k = [" + strings.Repeat("1,", 200_000) + "]", "f.toml:1: k: is beyond"},
		"long names":             {"[" + strings.Repeat("k", 1000) + "]\n" + strings.Repeat("x", 100) + "=1", "f.toml:2: has a key of more than 1024 bytes"},
		"bytes":                  {"# " + strings.Repeat("x", 4<<20), "f.toml: has 4194306 bytes; use at most 4194304"},
		"after a string":         {"a = \"\"\"x\"\"\"\" \nb = " + strings.Repeat("[", 65), "f.toml:2: b: nests"},
		"after five quotes":      {"a = ['''x''''', " + strings.Repeat("[", 65), "f.toml:1: a: nests"},
		"after an escape":        {"a = [\"\\\"\", " + strings.Repeat("[", 65), "f.toml:1: a: nests"},
		"after an open string":   {"a = \"x\nb = " + strings.Repeat("[", 65), "f.toml:2: b: nests"},
		"in a string":            {"a = \"" + strings.Repeat("[", 100) + "\" # " + strings.Repeat("[", 100), ""},
		"in a long string":       {"a = '''\n" + strings.Repeat("[\n", 100) + "'''", ""},
		"elements that are wide": {"a = [" + strings.Repeat("[1],", 100) + "{b=1},{b=2}]", ""},
	}
	shortestFirst := slices.SortedFunc(maps.Keys(documents), func(a, b string) int {
		return cmp.Compare(len(documents[a].text), len(documents[b].text))
	})
	for _, name := range shortestFirst { // the long ones would fill the memory where a short one gets through
		c := documents[name]
		var err error
		data := []byte(c.text)
		bytes := allocated(func() { _, err = strict.Parse("f.toml", data) })
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Fatalf("%s: %v; want %q", name, err, c.want)
		}
		if c.want != "" && bytes > 1<<16 {
			t.Errorf("%s: %d bytes were allocated to refuse it", name, bytes)
		}
	}
}

// TestMemoryOfDocumentsWithinBounds parses the documents that take the most.
func TestMemoryOfDocumentsWithinBounds(t *testing.T) {
	var keys, wide strings.Builder
	wide.WriteString("[" + strings.Repeat("a.", 60) + strings.Repeat("b", 800) + "]\n")
	for i := range 10_000 {
		fmt.Fprintf(&keys, "k%d = [1]\n", i)
		fmt.Fprintf(&wide, "k%d=1\n", i)
	}
	for name, text := range map[string]string{
		"keys": keys.String(), "long paths": wide.String(), "elements": "k = [" + strings.Repeat("1,", 50_000) + "]",
	} {
		var err error
		bytes := allocated(func() { _, err = strict.Parse("f.toml", []byte(text)) })
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bytes > 100<<20 {
			t.Errorf("%s: %d bytes were allocated", name, bytes)
		}
	}
}

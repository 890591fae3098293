package jsonstream_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/roofserve/roofserve/internal/jsonstream"
)

func TestValuesAreTakenAndSkipped(t *testing.T) {
	s := jsonstream.New(iotest.OneByteReader(strings.NewReader(
		"{\"skip\": {\"a\": [1, \"}\\\"]\"]},\n \"n\": -1.5e3, \"q\": \"7\", \"inf\": Infinity,\n\"none\": null, \"t\": \"\\u00e9\\n\", " +
			"\"list\": [1, 2 , 3], \"empty\": [], \"raw\": [ {\"x\" : 1} ]} {\"n\": NaN}")))
	got := map[string]any{}
	number := func(key string) func() error {
		return func() error { v, err := s.Number(); got[key] = v; return err }
	}
	takes := map[string]func() error{
		"n": number("n"), "q": number("q"), "inf": number("inf"), "none": number("none"),
		"t": func() error { v, err := s.Text(100); got["t"] = v; return err },
		"list": func() error {
			sum := 0.0
			err := s.Array(func() error { v, err := s.Number(); sum += v; return err })
			got["list"] = sum
			return err
		},
		"empty": func() error { return s.Array(func() error { t.Error("an element of nothing"); return s.Skip() }) },
		"raw":   func() error { v, err := s.Raw(100); got["raw"] = string(v); return err },
	}
	err := s.Object(func(key string) error {
		if take := takes[key]; take != nil {
			return take()
		}
		return s.Skip()
	})
	if err != nil {
		t.Fatal(err)
	}
	if got["n"] != -1500.0 || got["q"] != 7.0 || !math.IsInf(got["inf"].(float64), 1) ||
		!math.IsNaN(got["none"].(float64)) || got["t"] != "é\n" || got["list"] != 6.0 || got["raw"] != `[{"x":1}]` {
		t.Errorf("%v", got)
	}
	if s.Line() != 3 || s.Peek() != '{' {
		t.Errorf("line %d, next %q", s.Line(), s.Peek())
	}
	if err := s.Skip(); err != nil || s.Peek() != 0 || s.Err() != nil {
		t.Error(err, s.Err())
	}
}

func TestFaultsHaveALine(t *testing.T) {
	for text, want := range map[string]string{
		"{\"a\":\n":                            "line 2: the document ends in the middle",
		"{\"a\"\n 1}":                          "line 2: '1' stands where ':' belongs",
		"{\"a\": 1 \"b\": 2}":                  "line 1: '\"' stands where ',' belongs",
		"{\"a\": [1, 2}":                       "line 1: '}' stands where ']' belongs",
		"{\"a\": ]}":                           "line 1: ']' stands where a value belongs",
		"{1: 2}":                               "line 1: '1' stands where a string belongs",
		"":                                     "line 1: the document ends where '{' belongs",
		"{\"a\": " + strings.Repeat("[", 600):  "line 1: values stand in each other more than 512 deep",
		"{\"a\": " + strings.Repeat("1", 2000): "line 1: a number of more than 1024 digits",
	} {
		s := jsonstream.New(strings.NewReader(text))
		err := s.Object(func(string) error { return s.Skip() })
		if err == nil || err.Error() != want {
			t.Errorf("%.20q gives %v, want %s", text, err, want)
		}
		if again := s.Skip(); again == nil || again.Error() != want {
			t.Errorf("%.20q then gives %v", text, again)
		}
	}
	s := jsonstream.New(strings.NewReader(`"` + strings.Repeat("x", 200) + `"`))
	if _, err := s.Raw(100); err == nil || err.Error() != "line 1: the value has more than 100 bytes" {
		t.Error(err)
	}
	s = jsonstream.New(io.MultiReader(strings.NewReader("[1, "), iotest.ErrReader(io.ErrClosedPipe)))
	if err := s.Skip(); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

// What encoding/json takes is taken, whole, and what is skipped ends where it ends there.
func FuzzSkip(f *testing.F) {
	for _, seed := range []string{`{"a": [1, "}"]} 2`, `"\\"`, `[[], {}, null, -1e9]`, `NaN`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var value json.RawMessage
		d := json.NewDecoder(strings.NewReader(text))
		sound := d.Decode(&value) == nil
		// To encoding/json 00 is two numbers, side by side; a scanner that looks for values takes one word.
		if rest := text[min(int(d.InputOffset()), len(text)):]; rest != "" && !strings.ContainsAny(rest[:1], " \t\r\n") {
			return
		}
		s := jsonstream.New(strings.NewReader(text))
		raw, err := s.Raw(1 << 20)
		if !sound || err != nil && strings.Contains(err.Error(), "digits") { // longer than a number is taken for one
			return
		}
		var a, b bytes.Buffer // compact, since a number may be too large for any type
		if err != nil || json.Compact(&a, raw) != nil || json.Compact(&b, value) != nil ||
			a.String() != b.String() {
			t.Fatalf("%q gives %q, %v", text, raw, err)
		}
	})
}

package formula

import (
	"errors"
	"strings"
	"testing"
)

var scope = Scope{
	Names: map[string]any{"tokens": 4096.0, "model": "m"},
	Functions: map[string]Function{
		"twice": {Parameters: []string{"n"}, Compute: func(a []any) (float64, error) { return 2 * a[0].(float64), nil }},
		"size": {Parameters: []string{"text"},
			Compute: func(a []any) (float64, error) { return float64(len(a[0].(string))), nil }},
		"never": {Compute: func([]any) (float64, error) { return 0, errors.New("broken") }},
	},
}

func TestEval(t *testing.T) {
	for text, want := range map[string]float64{
		"2 * 8 * 128 * 2":             4096,
		"1 - 128/1024.0":              0.875,
		"(7 + 3) / 4":                 2.5,
		"1.6e1 - 2*3":                 10,
		"twice(tokens + 1)":           8194,
		`size("abc") + size(model)`:   4,
		"twice(twice(tokens)) / 4096": 4,
		"2 + 3 * 4":                   14,
		"(2 + 3) * 4":                 20,
		"20 - 8 - 4":                  8,
		"64 / 8 / 2":                  4,
		"64 / (8 / 2)":                16,
		"2 * 3 + 4 * 5 - 6 / 3":       24,
		"1 - 2 * 3":                   -5,
		"7 / 2":                       3.5,
		"0.1e3 * 2":                   200,
	} {
		if got, err := Eval(text, scope); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestEvalRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"1 +":           "no expression",
		"1 / 0":         "finite",
		"token":         "tokens", // the nearest known name
		"twise(1)":      "twice",
		"twice()":       "takes 1",
		"model * 2":     "not a number",
		"1 << 2":        "no place",
		"tokens[0]":     "no place",
		"(twice)(1)":    "named functions",
		"1 + never()":   "broken",
		`size("a" + 1)`: "not a number",
	} {
		if _, err := Eval(text, scope); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one about %q", text, err, want)
		}
	}
}

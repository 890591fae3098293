package launch

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/shlex"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

// Draft is a scenario that says what a command line says.
type Draft struct {
	TOML  string   // its text
	Notes []string // what of the command line it leaves out, and why
}

// From reads the command line that starts an engine: "vllm serve M --tensor-parallel-size 4 …".
func From(line string) (*Draft, error) {
	words, err := shlex.Split(strings.NewReplacer("\\\r\n", " ", "\\\n", " ").Replace(line))
	if err != nil {
		return nil, bad("", err.Error(), "close every quote")
	}
	for len(words) > 0 && isAssignment(words[0]) {
		words = words[1:]
	}
	e, rest, err := recognise(words)
	if err != nil {
		return nil, err
	}
	d := &reading{engine: e, set: map[string]string{}}
	if err := d.read(rest); err != nil {
		return nil, err
	}
	return d.draft(line)
}

func bad(key, wrong, right string) error {
	return &fault.Error{File: "from-args", Key: key, Wrong: wrong, Right: right}
}

// isAssignment tells whether a word sets a variable for the command after it.
func isAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	return found && !strings.HasPrefix(name, "-") && !strings.ContainsAny(name, "/. ")
}

// recognise finds the engine that a command starts, and what follows the command.
func recognise(words []string) (*engine, []string, error) {
	list, err := engines()
	if err != nil {
		return nil, nil, err
	}
	var known []string
	for i := range list {
		for _, command := range list[i].Commands {
			parts := strings.Fields(command)
			if len(words) >= len(parts) && slices.Equal(words[:len(parts)], parts) {
				return &list[i], words[len(parts):], nil
			}
		}
		known = append(known, strconv.Quote(list[i].Commands[0]+" …"))
	}
	return nil, nil, bad("", "is no command that starts a known engine", "begin with one of "+strings.Join(known, ", "))
}

// reading is a command line on its way to a scenario.
type reading struct {
	engine                           *engine
	model                            string
	set                              map[string]string // key of a scenario to its value as TOML
	spreadsExperts, dividesAttention bool
	notes                            []string
}

// read takes the words after the command.
func (d *reading) read(words []string) error {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if !strings.HasPrefix(word, "-") {
			if d.model != "" {
				return bad("", fmt.Sprintf("%q follows no flag, and the model is %s already", word, d.model), "leave one out")
			}
			d.model = word
			continue
		}
		name, value, given := strings.Cut(word, "=")
		f := d.engine.find(name)
		takesValue := f == nil || f.Switch == nil
		if !given && takesValue && len(words) > 0 && !strings.HasPrefix(words[0], "--") {
			value, given, words = words[0], true, words[1:]
		}
		for f != nil && f.List && len(words) > 0 && isWhole(words[0]) {
			value, words = value+", "+words[0], words[1:]
		}
		if err := d.take(f, name, value, given); err != nil {
			return err
		}
	}
	if d.model == "" {
		return bad("", "names no model", "put it behind the command, as in "+d.engine.Commands[0]+" meta-llama/Llama-3.1-8B-Instruct")
	}
	return nil
}

// take sets what one flag says.
func (d *reading) take(f *flag, name, value string, given bool) error {
	switch {
	case slices.ContainsFunc(d.engine.Model, func(known string) bool { return alike(known, name) }):
		d.model = value
		return nil
	case f == nil:
		d.notes = append(d.notes, strings.TrimSpace(name+" "+value)+" is not modelled")
		return nil
	case f.SpreadsExperts:
		d.spreadsExperts = true
		return nil
	case f.DividesAttention:
		d.dividesAttention = true
		return nil
	case f.Speculative && value != "":
		return d.speculate(name, value)
	case f.Key == "" && !f.Speculative:
		if len(f.Unset) > 0 && !slices.Contains(f.Unset, value) {
			d.notes = append(d.notes, name+" "+value+" is not modelled")
		}
		return nil
	case f.Switch != nil:
		d.set[f.Key] = strconv.FormatBool(*f.Switch)
		return nil
	case !given || value == "":
		return bad(name, "has no value", "give one")
	}
	return d.setValue(f, name, value)
}

// setValue sets a key to what a flag's value stands for.
func (d *reading) setValue(f *flag, name, value string) error {
	if f.Values != nil {
		meant, known := f.Values[value]
		if !known {
			var list []string
			for v := range f.Values {
				list = append(list, v)
			}
			slices.Sort(list)
			return bad(name, fmt.Sprintf("%q is unknown here", value), names.Suggest(value, list))
		}
		if meant != "" {
			d.set[f.Key] = strconv.Quote(meant)
		}
		return nil
	}
	if slices.Contains(f.Unset, value) {
		return nil
	}
	if f.List {
		for number := range strings.SplitSeq(value, ", ") {
			if !isWhole(number) {
				return bad(name, fmt.Sprintf("%q is no whole number", number), "list whole numbers")
			}
		}
		d.set[f.Key] = "[" + value + "]"
		return nil
	}
	if number, err := count(value); err == nil {
		d.set[f.Key] = number
		return nil
	}
	d.set[f.Key] = strconv.Quote(value)
	return nil
}

// isWhole tells whether a word is a whole number.
func isWhole(word string) bool {
	_, err := strconv.Atoi(word)
	return err == nil
}

// count reads a number as the engines write it: 8192, 0.9, 8k and 8K, of which the last is 8 × 1024.
func count(text string) (string, error) {
	for suffix, factor := range map[string]int{"k": 1000, "K": 1024, "m": 1_000_000, "M": 1 << 20} {
		if digits, ok := strings.CutSuffix(text, suffix); ok {
			n, err := strconv.Atoi(digits)
			if err == nil && (n < 0 || n > 1<<30) {
				err = errors.New("out of range")
			}
			return strconv.Itoa(n * factor), err
		}
	}
	_, err := strconv.ParseFloat(text, 64)
	return text, err
}

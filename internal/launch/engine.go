package launch

import (
	"embed"
	"path"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/strict"
)

//go:embed engines/*.toml
var files embed.FS

// engine is how one serving engine is started.
type engine struct {
	Policy   string   `toml:"policy"`   // of a scenario
	Commands []string `toml:"commands"` // the words before the flags, the usual ones first
	Model    []string `toml:"model"`    // flags that name the model
	// Positional tells that the model is usually given as the first word after the command.
	Positional bool `toml:"positional"`
	// AttentionDP says how data-parallel ranks become parts of the tensor-parallel ones where no flag does it.
	AttentionDP string   `toml:"attention_dp"`
	Image       string   `toml:"image"`  // of a container that has the engine
	Listen      []string `toml:"listen"` // flags with which the server answers outside its container, on port
	// Prefill and Decode are the words that tell a server which part of requests it computes; of an engine
	// without such words, Parts says where that stands.
	Prefill []string `toml:"prefill"`
	Decode  []string `toml:"decode"`
	Parts   string   `toml:"parts"`
	Head    string   `toml:"head"` // where an EAGLE-3 head is named
	Flags   []flag   `toml:"flag"`
}

// flag is one of an engine's flags.
type flag struct {
	Names  []string          `toml:"names"`  // the usual one first
	Key    string            `toml:"key"`    // of a scenario; empty where nothing that is modelled follows from it
	Switch *bool             `toml:"switch"` // the value that the flag alone stands for; nil where a value follows it
	Values map[string]string `toml:"values"` // the flag's value to the scenario's; an empty one sets nothing
	Unset  []string          `toml:"unset"`  // values that set nothing, of a flag that takes others
	List   bool              `toml:"list"`   // whole numbers follow it
	// SpreadsExperts says that all ranks share the experts.
	SpreadsExperts bool `toml:"spreads_experts"`
	// DividesAttention says that data-parallel ranks are parts of the tensor-parallel ones, not copies.
	DividesAttention bool `toml:"divides_attention"`
	// Speculative says that a JSON object on speculative decoding follows it, or a value of one of its keys.
	Speculative bool `toml:"speculative"`
}

// engines are those whose command lines are known, in alphabetical order.
func engines() ([]engine, error) {
	entries, err := files.ReadDir("engines")
	if err != nil {
		return nil, err
	}
	list := make([]engine, 0, len(entries))
	for _, entry := range entries {
		name := path.Join("engines", entry.Name())
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var e engine
		if err := strict.Decode(name, data, &e); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// engineOf is the engine of a scenario's policy.
func engineOf(policy string) (*engine, error) {
	list, err := engines()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(e engine) bool { return e.Policy == policy })
	if i < 0 {
		var known []string
		for _, e := range list {
			known = append(known, e.Policy)
		}
		return nil, &fault.Error{Key: "engine.policy", Wrong: "no command line of " + policy + " is known",
			Right: "use one of " + strings.Join(known, ", ")}
	}
	return &list[i], nil
}

// dividing is the flag that makes data-parallel ranks parts of the tensor-parallel ones; nil where the engine
// has none.
func (e *engine) dividing() *flag {
	for i := range e.Flags {
		if e.Flags[i].DividesAttention {
			return &e.Flags[i]
		}
	}
	return nil
}

// find is the flag of a name, in which dashes and underscores are alike; nil where it is unknown.
func (e *engine) find(name string) *flag {
	for i := range e.Flags {
		f := &e.Flags[i]
		if slices.ContainsFunc(f.Names, func(known string) bool {
			return alike(known, name) || f.Speculative && strings.HasPrefix(name, known+".")
		}) {
			return f
		}
	}
	return nil
}

func alike(a, b string) bool {
	return strings.ReplaceAll(a, "_", "-") == strings.ReplaceAll(b, "_", "-")
}

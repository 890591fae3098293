package scenarios

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestModelsWithChangesAreRead(t *testing.T) {
	for name, want := range map[string]whatIf{
		"llama-3.1-70b":                      {base: "llama-3.1-70b"},
		"llama-3.1-70b+attention.kv_heads=1": {base: "llama-3.1-70b", changes: map[string]any{"attention.kv_heads": int64(1)}},
		`a+attention={kind="mla",kv_rank=512}+label=MLA-512`: {base: "a", label: "MLA-512",
			changes: map[string]any{"attention": map[string]any{"kind": "mla", "kv_rank": int64(512)}}},
		"a+stack[0].repeat=40+hidden=64": {base: "a", changes: map[string]any{"stack[0].repeat": int64(40), "hidden": int64(64)}},
		"c++/model.toml":                 {base: "c++/model.toml"},
		"c++/model.toml+hidden=8":        {base: "c++/model.toml", changes: map[string]any{"hidden": int64(8)}},
		"a+b":                            {base: "a+b"},
		"a+x=":                           {base: "a", changes: map[string]any{"x": ""}},
		`a+x="b+c=d"`:                    {base: "a", changes: map[string]any{"x": "b+c=d"}},
		"a+attention.kind=mla":           {base: "a", changes: map[string]any{"attention.kind": "mla"}},
	} {
		if got := readWhatIf(name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// What is wrong with the braces of a change is said as that.
func TestStrayBracesOfChangesAreTold(t *testing.T) {
	for name, want := range map[string]string{
		`a+attention={kind="mla",kv_rank=512`: "{ is never closed", `a+attention={kind="mla"}}`: "} closes nothing",
		`a+x=[1,{y=2]`: "] closes nothing", `a+x=[1`: "[ is never closed", `a+x="{`: `" is never closed`,
		`a+attention={kind="}"}`: "", `a{b`: "", "a+x=[1,[2]]": "",
	} {
		if got := readWhatIf(name).stray; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	_, err := LookupModel(`llama-3.1-8b+attention={kind="mla"`)
	if err == nil || !strings.Contains(err.Error(), "{ is never closed; write NAME") {
		t.Error(err)
	}
}

func TestListsAreSplitOutsideBraces(t *testing.T) {
	for text, want := range map[string][]string{
		"a,b": {"a", "b"}, " a , b,": {"a", "b"}, "": nil, ",,": nil,
		`a+attention={kind="mla",kv_rank=512},b`: {`a+attention={kind="mla",kv_rank=512}`, "b"},
		`a+x=[1,2],b+y="c,d"`:                    {`a+x=[1,2]`, `b+y="c,d"`},
	} {
		if got := SplitList(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A model's title shows all that is changed of it, whichever way it was changed.
func TestTitlesShowChanges(t *testing.T) {
	for text, want := range map[string]string{
		`name = "llama-3.1-8b"`:                                                "llama-3.1-8b",
		`name = "meta-llama/Llama-3.1-8B"`:                                     "llama-3.1-8b",
		`name = "llama-3.1-8b+attention.kv_heads=1"`:                           "llama-3.1-8b+attention.kv_heads=1",
		`name = "llama-3.1-8b+attention.kv_heads=1+label=MQA"`:                 "MQA",
		"name = \"llama-3.1-8b\"\noverride = { attention = { kv_heads = 1 } }": `llama-3.1-8b+attention={kv_heads = 1}`,
	} {
		s, err := Parse("s.toml", "", []byte("[model]\n"+text+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, parts, err := s.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if parts.Model.Name != want {
			t.Errorf("%s: %q, want %q", text, parts.Model.Name, want)
		}
	}
}

// Latent attention in the place of another has the widths that DeepSeek-V2 chose, where nothing else is said:
// of 128 values a head, a latent of 512 and a rotated key of 64.
func TestLatentAttentionFollowsHeads(t *testing.T) {
	for name, want := range map[string]int64{
		`llama-3.1-70b+attention={kind="mla"}`:                   80 * (512 + 64) * 2,
		`llama-3.1-70b+attention={kind="mla",kv_rank=256}`:       80 * (256 + 64) * 2,
		`llama-3.1-70b+attention.kind=mla+attention.rope_dim=32`: 80 * (512 + 32) * 2,
	} {
		s, err := Parse("s.toml", "", []byte("[model]\nname = '"+name+"'\n[hardware]\ngpus = 4\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, parts, err := s.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if got := int64(parts.Memory.KVBytesPerToken); got != want {
			t.Errorf("%s: %d bytes a token, want %d", name, got, want)
		}
	}
}

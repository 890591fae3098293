package arch_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Llama-3.1-70B with MLA of rank 512 keeps (512+64)·2 bytes a token and layer.
func TestSwapAMixer(t *testing.T) {
	m := model(t, "llama-3.1-70b", "attention", map[string]any{"kind": "mla", "kv_rank": 512})
	if got := m.KVBytesPerToken(&bf16); got != 80*1152 {
		t.Errorf("%v bytes a token", got)
	}
	if mla, ok := m.Stack[0].Mixer.(*arch.MLA); !ok || mla.Heads != 64 {
		t.Errorf("mixer %+v; it keeps the heads", m.Stack[0].Mixer)
	}
	bySteps := model(t, "llama-3.1-70b", "attention.kind", "mla", "attention.kv_rank", 512)
	a, _, _ := m.Params()
	if b, _, _ := bySteps.Params(); a != b {
		t.Errorf("field by field it has %g parameters, as a table %g", b, a)
	}
}

func TestOverrideFields(t *testing.T) {
	m := model(t, "llama-3.1-70b", "attention.kv_heads", 4, "hidden", 8192.0, "stack[0].repeat", int64(40), "max_context", 8192, "precision.kv", "fp8")
	if got := m.KVBytesPerToken(&bf16); got != 40*2048 || m.MaxContext != 8192 || m.Published.KV != units.FP8 {
		t.Errorf("%v bytes a token, context %d, %v", got, m.MaxContext, m.Published)
	}
	moe := model(t, "mixtral-8x7b", "moe.experts", 64)
	if total, _, _ := moe.Params(); total < 300e9 {
		t.Errorf("64 experts make %g parameters", total)
	}
	added := model(t, "llama-3.1-8b",
		"experts", map[string]any{"kind": "moe", "experts": 8, "top_k": 2, "width": 1024},
		"stack", []any{map[string]any{"repeat": 16, "layers": []any{
			map[string]any{"mixer": "attention", "ffn": "dense"}, map[string]any{"mixer": "attention", "ffn": "experts"}}}})
	if added.Layers() != 32 || len(added.Stack) != 32 {
		t.Errorf("%d layers in %d runs", added.Layers(), len(added.Stack))
	}
	if name := model(t, "gpt-oss-120b", "stack[0].layers[0].mixer", "full"); len(name.Caches(&bf16)) != 1 {
		t.Error("the window is still there")
	}
}

func TestOverridesThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		key   string
		value any
		want  string
	}{
		{"attention.kv_heads", 7, `attention.kv_heads: 7 does not divide heads = 64; must divide it`},
		{"attention.kv_heads", -8, `attention.kv_heads: is -8; must be from 1 to 16777216`},
		{"attention.kv_heads", "eight", `attention.kv_heads: "eight" is a string; use a whole number`},
		{"attention.kv_heads", 7.5, `attention.kv_heads: 7.5 is a fraction; use a whole number`},
		{"attention.kv_hads", 8, `attention.kv_hads: unknown key; did you mean "kv_heads"?`},
		{"atention.kv_heads", 8, `atention.kv_heads: the model has no component "atention"; did you mean "attention"?`},
		{"hiden", 8, `hiden: unknown key; did you mean "hidden"?`},
		{"hidden", 0, `hidden: is 0; must be from 1 to 16777216`},
		{"attention.kind", "mal", `attention.kind: unknown kind mal; did you mean "mla"?`},
		{"attention.kind", 3, `attention.kind: 3 is not a string; name a kind: attention, mla`},
		{"atention.kind", "mla", `atention.kind: the model has no component "atention"; did you mean "attention"?`},
		{"attention.kind", "kda", `attention.conv: is 0; must be from 1 to 16777216`},
		{"attention.window.size", 8, `attention.window.size: the model has no component "window"`},
		{"hidden.width", 8, `hidden.width: hidden has no fields`},
		{"attention", map[string]any{"qk_norm": "both"}, `attention.qk_norm: is "both"; must be one of`},
		{"attention", map[string]any{"window": 5, "chunk": 5}, `attention.chunk: is set and so is window; leave one out`},
		{"attention", 5, `attention: unknown key`},
		{"other", map[string]any{"heads": 5}, `other: is a component without a kind`},
		{"stack[1].repeat", 5, `stack[1].repeat: no element 1; there are 1, counted from 0`},
		{"stack[0].repeat", 10_000, `stack[0].repeat: makes 10000 layers; a stack has 1 to 8192`},
		{"stack[0].mixer", "mla", `stack[0].mixer: no such component "mla"; use "attention"`},
		{"stack[0].ffn", "attention", `stack[0].ffn: no such component "attention"; use "dense"`},
		{"stack", []any{map[string]any{"repeat": 2}}, `stack[0]: has neither mixer nor ffn`},
		{"stack", []any{map[string]any{"ffn": "dense", "layers": []any{map[string]any{"ffn": "dense"}}}}, `stack[0]: has both layers and mixer or ffn`},
		{"stack", []any{}, `stack: has no layers`},
		{"precision.kv", "fp3", `precision.kv: unknown number format "fp3"`},
		{"", 5, `is not an address`},
		{"a..b", 5, `a..b: is not an address`},
		{"stack[0]", 5, `5 is a whole number; use a table`},
		{"attention.rope", []any{1, map[string]any{"a": 2}}, `attention.rope: is an array; use true or false`},
	} {
		spec, err := arch.Lookup("llama-3.1-70b")
		if err != nil {
			t.Fatal(err)
		}
		if err = spec.Override(c.key, c.value); err == nil {
			_, err = spec.Build()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %v: %v; want %s", c.key, c.value, err, c.want)
		}
	}
}

func TestClonesDoNotShare(t *testing.T) {
	spec, err := arch.Lookup("gpt-oss-120b")
	if err != nil {
		t.Fatal(err)
	}
	before := spec.TOML()
	for key, value := range map[string]any{"full.heads": 32, "stack[0].layers[1].mixer": "window", "aliases": []any{"x"}} {
		if err := spec.Clone().Override(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if after := spec.TOML(); !bytes.Equal(before, after) {
		t.Errorf("an override of a clone changed the original:\n%s", after)
	}
}

// Every model written as TOML reads back as itself.
func TestTOMLReadsBack(t *testing.T) {
	for _, name := range arch.Names() {
		spec, err := arch.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		text := spec.TOML()
		again, err := arch.Parse("again.toml", text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if m, err := again.Build(); err != nil || m.Name != name || !bytes.Equal(again.TOML(), text) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

func TestStrangeNamesAreQuoted(t *testing.T) {
	spec, err := arch.Lookup("llama-3.1-8b")
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]any{"my mixer": map[string]any{"kind": "mla", "heads": 8, "kv_rank": 8, "o\"dd": "a\x00b"}} {
		if err := spec.Override(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := arch.Parse("again.toml", spec.TOML()); err != nil {
		t.Errorf("%v\n%s", err, spec.TOML())
	}
}

const tiny = `name = "tiny"
hidden = 64
vocab = 100
max_context = 128

[attention]
kind = "attention"
heads = 8
kv_heads = 2
head_dim = 8

[dense]
kind = "dense"
width = 256

[[stack]]
repeat = 2
mixer = "attention"
ffn = "dense"
`

func TestLoadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.toml")
	if err := os.WriteFile(path, []byte(tiny), 0o600); err != nil {
		t.Fatal(err)
	}
	m := model(t, path)
	if total, _, _ := m.Params(); total != 2*100*64+64+2*(2*64+2*64*64+2*64*16+3*64*256) {
		t.Errorf("%g parameters", total)
	}
	if _, err := arch.Lookup(path + "/none.toml"); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestMistakesInFilesHaveALine(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"heads = 8\n", "heads = 9\n", `m.toml:9: attention.kv_heads: 2 does not divide heads = 9`},
		{"kv_heads", "kvheads", `m.toml:9: attention.kvheads: unknown key; did you mean "kv_heads"?`},
		{`kind = "dense"`, `kind = "dens"`, `m.toml:13: dense.kind: unknown kind dens; did you mean "dense"?`},
		{`kind = "dense"`, ``, `m.toml:12: dense: is a component without a kind`},
		{`vocab = 100`, `vocab = "many"`, `m.toml:3: vocab: "many" is a string; use a whole number`},
		{`vocab = 100`, `vocab = nan`, `m.toml:3: vocab: is not a number`},
		{`vocab = 100`, `vocab = 99999999999999999999999`, `m.toml:3`},
		{`vocab = 100`, `vocab = 9999999999999999`, `m.toml:3: vocab: is 9999999999999999`},
		{`vocab = 100`, `vocab =`, `m.toml:3`},
		{`repeat = 2`, `repeat = -2`, `m.toml:17: stack[0].repeat: makes -2 layers`},
		{`ffn = "dense"`, `ffn = "dance"`, `m.toml:19: stack[0].ffn: no such component "dance"; did you mean "dense"?`},
		{`name = "tiny"`, `name = "` + strings.Repeat("x", 2000) + `"`, `m.toml:1: has 2010 bytes; break it into lines`},
		{`name = "tiny"`, strings.Repeat("# x\n", 20_000), `m.toml: has `},
	} {
		spec, err := arch.Parse("m.toml", []byte(strings.Replace(tiny, c.old, c.new, 1)))
		if err == nil {
			_, err = spec.Build()
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s for %s: %v; want %s", c.new, c.old, err, c.want)
		}
	}
}

func TestTooManyReaches(t *testing.T) {
	text := strings.Replace(tiny, "[[stack]]", "", 1)
	text = text[:strings.Index(text, "repeat")]
	var stack strings.Builder
	for _, name := range []string{"a", "b", "c", "d"} {
		text += "[" + name + "]\nkind = \"attention\"\nheads = 8\nkv_heads = 2\nhead_dim = 8\nwindow = 1" + strings.Repeat("0", int(name[0]-'a')) + "\n"
		stack.WriteString("[[stack]]\nmixer = \"" + name + "\"\n")
	}
	spec, err := arch.Parse("m.toml", []byte(text+stack.String()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spec.Build(); err == nil || !strings.Contains(err.Error(), "more than 4 different reaches") {
		t.Errorf("five reaches: %v", err)
	}
}

// Whatever a file says, Parse and Build give a finite model or an error.
func FuzzTOML(f *testing.F) {
	f.Add([]byte(tiny))
	for _, name := range []string{"kimi-k3", "nemotron-3-super-120b-a12b", "glm-5.2", "jamba", "kimi-1.5"} {
		spec, err := arch.Lookup(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(spec.TOML())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, err := arch.Parse("fuzz.toml", data)
		if err != nil {
			return
		}
		m, err := spec.Build()
		if err != nil {
			return
		}
		checkFinite(t, m)
	})
}

// checkFinite fails where a count of m is not a finite number from 0.
func checkFinite(t *testing.T, m *arch.Model) {
	t.Helper()
	total, active, gemm := m.Params()
	work := m.Work(decodes(m, 3, 1000), &bf16, one)
	for _, x := range []float64{total, active, gemm, float64(m.WeightBytes(&bf16)),
		float64(m.StateBytesAt(m.MaxContext, &bf16)), float64(work.FLOPs), float64(work.Bytes())} {
		if !(x >= 0 && x < 1e60) {
			t.Fatalf("%g in %s", x, m.Name)
		}
	}
}

func TestLayersRunAgain(t *testing.T) {
	text := `name = "twice"
hidden = 64
vocab = 100
max_context = 4096
attention = { kind = "attention", heads = 8, kv_heads = 2, head_dim = 16 }
dense = { kind = "dense", width = 256 }
stack = [{ repeat = 3, mixer = "attention", ffn = "dense" }, { repeat = 3, mixer = "attention", ffn = "dense"%s }]
`
	build := func(again string) *arch.Model {
		t.Helper()
		spec, err := arch.Parse("twice", fmt.Appendf(nil, text, again))
		if err != nil {
			t.Fatal(err)
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	once, twice := build(""), build(", again = true")
	p, load := &arch.Precision{}, &arch.Load{Decodes: 4, Samples: 4, DecodeKeys: [arch.MaxReaches]int64{400}}
	if a, b := once.Work(load, p, arch.Whole), twice.Work(load, p, arch.Whole); a != b {
		t.Errorf("six layers do %+v, three run twice %+v", a, b)
	}
	if a, b := once.KVBytesPerToken(p), twice.KVBytesPerToken(p); a != b {
		t.Errorf("six layers keep %v, three run twice %v", a, b)
	}
	layers, _ := once.WeightBytesPerRank(arch.Whole, p)
	if half, _ := twice.WeightBytesPerRank(arch.Whole, p); 2*half != layers {
		t.Errorf("six layers weigh %v, three run twice %v", layers, half)
	}
	spec, err := arch.Parse("alone", []byte(`name = "alone"
hidden = 64
vocab = 100
max_context = 4096
dense = { kind = "dense", width = 256 }
stack = [{ ffn = "dense", again = true }]
`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spec.Build(); err == nil || !strings.Contains(err.Error(), "stack[0].again") {
		t.Errorf("layers that run again before they run: %v", err)
	}
}

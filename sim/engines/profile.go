package engines

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

//go:embed profiles/*.toml
var files embed.FS

// Profile is one serving engine.
type Profile struct {
	Name    string `toml:"name"`
	Title   string `toml:"title"`
	Source  string `toml:"source"`
	Version string `toml:"version"` // the newest that its figures are of
	Policy  string `toml:"policy"`  // of sim/sched
	Kernels string `toml:"kernels"` // the set of kernels whose calibration applies
	// Memory is how the engine divides a GPU's memory.
	Memory        kv.Figures `toml:"memory"`
	BlockSize     int        `toml:"block_size"` // tokens in a block of KV cache: see BlockTokens
	Blocks        []Blocks   `toml:"blocks"`
	Recurrent     Recurrent  `toml:"recurrent"`
	PrefixCaching bool       `toml:"prefix_caching"` // whether the engine caches prefixes by default
	// AsyncScheduling tells whether the engine plans a step while the one before it runs, see sim.Config.
	AsyncScheduling bool `toml:"async_scheduling"`
	// Balancer is how requests are divided among data-parallel ranks, as sim.Pool has it.
	Balancer string `toml:"balancer"`
	// MXFP4Kernels names the kernels for experts with mxfp4 weights where they are not those that were
	// calibrated as such.
	MXFP4Kernels string `toml:"mxfp4_kernels"`
	// MXFP4Apart is the generation of GPUs on which the calibrated ones serve all the same.
	MXFP4Apart string `toml:"mxfp4_kernels_not_on"`
	// LatentKernels is the engine whose 16-bit decode core of latent attention stands for this one's, where
	// it is the same kernel and better measured there.
	LatentKernels string `toml:"latent_kernels"`
	Fuses         Fuses  `toml:"fuses"`
	// SplitsAttention tells in which order halves of a decode step take turns: see cost.SplitAttention.
	SplitsAttention bool `toml:"splits_attention"`
	// Gathers is how the engine brings tokens of data-parallel ranks to experts.
	Gathers Gathers `toml:"gathers"`
	// FP8KV tells whether fp8 checkpoints are served with an fp8 cache by default, and NVFP4KV whether nvfp4
	// ones are: NVIDIA's hf_quant_config.json asks for it (kv_cache_quant_algo).
	FP8KV   bool `toml:"fp8_kv"`
	NVFP4KV bool `toml:"nvfp4_kv"`
	// KVFormats are the number formats that the engine keeps a KV cache in.
	KVFormats []units.Format `toml:"kv_formats"`
	Defaults  []Defaults     `toml:"defaults"`
	Slots     Slots          `toml:"slots"`
	// Since is what changed in its versions, the oldest first; the rest of the profile is from before them.
	Since []Since `toml:"since"`
	// Before is what held before some of them, the oldest first. Old is the one in force: see At.
	Before []Before `toml:"before"`
	// StaticBefore are the rules by which SGLang chose its static share before some of them, the oldest first.
	StaticBefore []StaticBefore `toml:"static_before"`
	Old          *Before        `toml:"-"`
	// Captures are its CUDA graphs, by version from the oldest. Graphs are those in force; nil: none.
	Captures []Capture   `toml:"graphs"`
	Graphs   *Capture    `toml:"-"`
	Rules    sched.Rules `toml:"-"` // in force: see At

	original *Profile // as its file has it; nil of that one
	Slower   Slower   `toml:"slower"`
	Overhead Overhead `toml:"overhead"`
	Nodes    []Node   `toml:"node"`
	// Serving is what engines share.
	Serving *Serving `toml:"-"`
}

// Defaults are scheduling settings for the GPUs that a condition admits; the first match of a profile's list
// counts.
type Defaults struct {
	MinMemoryGiB  float64 `toml:"min_memory_gib"` // of the GPU; 0: any
	NotGeneration string  `toml:"not_generation"` // a generation that the condition leaves out; empty: none
	// OfflineTokens is max_num_batched_tokens of a program that holds all prompts; 0: the same.
	OfflineTokens int `toml:"offline_max_num_batched_tokens"`
	sched.Limits
}

// Offline is the usage context of vLLM's LLM class.
const Offline = "llm"

// Offline is the engine within a program that holds all prompts.
func (p *Profile) Offline() *Profile {
	offline := *p
	offline.Defaults = slices.Clone(p.Defaults)
	for i := range offline.Defaults {
		d := &offline.Defaults[i]
		d.MaxNumBatchedTokens = cmp.Or(d.OfflineTokens, d.MaxNumBatchedTokens)
	}
	return &offline
}

// Slots is the default of max_num_seqs where it depends on the size of the KV cache: so many for each longest
// request that the cache holds, within bounds, shared by the data-parallel ranks. The zero value is no such
// rule.
type Slots struct {
	PerContext int `toml:"per_context"`
	Least      int `toml:"least"`
	Most       int `toml:"most"`
}

// Of is the number of sequences at once on one data-parallel rank, whose cache holds some tokens of
// requests of up to context tokens; two tokens of it make at most one.
func (s Slots) Of(tokens, context, dp int) int {
	slots := int(float64(tokens) / float64(context) * float64(s.PerContext))
	return max(1, min(max(slots, s.Least), s.Most, tokens/2*dp)/dp)
}

// Overhead is the time an engine spends around its kernels, in the units of its file.
type Overhead struct {
	Source         string  `toml:"source"`
	StepUS         float64 `toml:"step_us"`
	SequenceUS     float64 `toml:"sequence_us"` // of every sequence in a step, while the device waits
	HostUS         float64 `toml:"host_us"`
	HostSequenceUS float64 `toml:"host_sequence_us"`
	// The host's time to launch a layer's kernels one by one, while the device works: in every step, for
	// engines without CUDA graphs, and more where a step has prefill chunks, which no whole graph covers.
	LaunchLayerUS        float64 `toml:"launch_layer_us"`
	LaunchPrefillLayerUS float64 `toml:"launch_prefill_layer_us"`
	ServiceMS            float64 `toml:"service_ms"`  // that the API server is busy with each request, one after the other
	TokeniseUS           float64 `toml:"tokenise_us"` // and with each token of a prompt
	RequestMS            float64 `toml:"request_ms"`  // from a request's arrival until the scheduler sees it
	ClientMS             float64 `toml:"client_ms"`   // that the client of the benchmark which it was fitted on takes before
	TokenMS              float64 `toml:"token_ms"`    // from the end of a step until the client sees its token
}

// Times is an overhead that takes longer by a factor.
func (o Overhead) Times(factor float64) Overhead {
	for _, v := range []*float64{&o.StepUS, &o.SequenceUS, &o.HostUS, &o.HostSequenceUS, &o.LaunchLayerUS,
		&o.LaunchPrefillLayerUS, &o.ServiceMS, &o.TokeniseUS, &o.RequestMS, &o.TokenMS} {
		*v *= factor
	}
	return o
}

// Cost is the overhead of a step, with scheduling asynchronous or not.
func (p *Profile) Cost(async bool) cost.Overhead {
	return p.Overhead.cost(async)
}

func (o *Overhead) cost(async bool) cost.Overhead {
	us := func(v float64) units.Seconds { return units.Seconds(v) * units.Microsecond }
	return cost.Overhead{
		Step: us(o.StepUS), Sequence: us(o.SequenceUS), Host: us(o.HostUS), HostSequence: us(o.HostSequenceUS),
		Async:       async,
		LaunchLayer: us(o.LaunchLayerUS), LaunchPrefillLayer: us(o.LaunchPrefillLayerUS)}
}

// Eager is the engine without CUDA graphs: its host launches every kernel in every step as it otherwise does
// for the prompts in one, and nothing that graphs save is left to save.
func (p *Profile) Eager() *Profile {
	eager := *p
	eager.Overhead.LaunchLayerUS += eager.Overhead.LaunchPrefillLayerUS
	eager.Overhead.LaunchPrefillLayerUS = 0
	eager.Serving, eager.Graphs = eager.Serving.eager(), nil
	return &eager
}

// RequestService is the time that each request keeps the API server busy.
func (o *Overhead) RequestService() units.Seconds {
	return units.Seconds(o.ServiceMS) * units.Millisecond
}

// TokenService is the time that each token of a prompt keeps the API server busy.
func (o *Overhead) TokenService() units.Seconds {
	return units.Seconds(units.Seconds(o.TokeniseUS) * units.Microsecond)
}

// RequestDelay is the time before a request reaches the scheduler.
func (o *Overhead) RequestDelay() units.Seconds {
	return units.Seconds(units.Seconds(o.RequestMS) * units.Millisecond)
}

// ClientDelay is the time that a benchmark's client takes for a request before an engine has it.
func (o *Overhead) ClientDelay() units.Seconds {
	return units.Seconds(units.Seconds(o.ClientMS) * units.Millisecond)
}

// TokenDelay is the time before a token reaches the client.
func (o *Overhead) TokenDelay() units.Seconds { return units.Seconds(o.TokenMS) * units.Millisecond }

// Limits are the engine's scheduling defaults on a device.
func (p *Profile) Limits(d *hw.Device) sched.Limits {
	for _, c := range p.Defaults {
		if d.Memory >= units.Bytes(c.MinMemoryGiB)*units.GiB &&
			(c.NotGeneration == "" || c.NotGeneration != d.Generation) {
			return c.Limits
		}
	}
	return p.Defaults[len(p.Defaults)-1].Limits
}

// OfPolicy lists the engines of the catalogue that schedule by one of the policies.
func OfPolicy(policies ...string) []string {
	return slices.DeleteFunc(Names(), func(name string) bool {
		p, err := Lookup(name)
		return err != nil || !slices.Contains(policies, p.Policy)
	})
}

// Names lists the engines of the catalogue.
func Names() []string {
	entries, err := fs.ReadDir(files, "profiles")
	if err != nil {
		panic(err) // the folder is embedded
	}
	known := make([]string, 0, len(entries))
	for _, entry := range entries {
		known = append(known, strings.TrimSuffix(entry.Name(), ".toml"))
	}
	slices.Sort(known)
	return known
}

// Lookup finds an engine of the catalogue by its name. A name that ends in .toml is the path of a user's own
// profile.
func Lookup(name string) (*Profile, error) {
	if strings.HasSuffix(name, ".toml") {
		return load(name)
	}
	known := Names()
	name = strings.ToLower(name)
	if !slices.Contains(known, name) {
		return nil, &fault.Error{Wrong: fmt.Sprintf("unknown engine %q", name), Right: names.Suggest(name, known)}
	}
	file := path.Join("profiles", name+".toml")
	data, err := files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parse(file, data)
}

func parse(file string, data []byte) (*Profile, error) {
	document, err := strict.Parse(file, data)
	if err != nil {
		return nil, err
	}
	p := &Profile{Serving: InService()}
	if err := document.Decode(p); err != nil {
		return nil, err
	}
	if err := p.check(document); err != nil {
		return nil, err
	}
	if p.Overhead.LaunchLayerUS > 0 {
		p.Serving = p.Serving.eager()
	}
	return p.At(""), nil
}

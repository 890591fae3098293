package scenarios

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// KVTransfer says how the cache of a prompt gets from its prefill replica to the one that decodes it.
type KVTransfer struct {
	Connector  string  `toml:"connector" json:"connector"`
	Bandwidth  float64 `toml:"bandwidth_gbps" json:"bandwidth_gbps"`
	Latency    float64 `toml:"latency_us" json:"latency_us"`
	Timing     string  `toml:"timing" json:"timing"`
	Contention *bool   `toml:"contention" json:"contention"`
	FirstToken string  `toml:"first_token" json:"first_token"`
}

// Connectors, what they send, and whose first token is the client's.
const (
	connectorPull      = "nixl"
	connectorLayerwise = "layerwise"
	timingMissing      = "destination_missing"
	timingWhole        = "full_prompt"
)

// defaultTransferLatency stands for the connector's notice that a transfer has ended, in µs: an assumption,
// a few round trips of the network.
const defaultTransferLatency = 20

var transferTable = table{
	path: "kv_transfer",
	does: "How the cache of a prompt gets from its prefill replica to the one that decodes it. Every value goes once, " +
		"whatever the plans of both: a latent is not sent to each tensor-parallel rank; of windows go the last tokens.",
	example: `[[pool]]
role = "prefill"
replicas = 2
[[pool]]
role = "decode"
[kv_transfer]
connector = "layerwise"
latency_us = 50
`,
	keys: []key{{
		name: "connector", names: oneOf("connector", connectorPull, connectorLayerwise),
		unset: strconv.Quote(connectorPull),
		does: "`nixl` lets the decode side fetch the cache when the prompt is computed; `layerwise` sends each layer's " +
			"while it is.",
		example: strconv.Quote(connectorLayerwise),
	}, {
		name: "bandwidth_gbps", unit: "GB/s", within: between(0, 1e6), unset: "0",
		does: "What the network carries of one data-parallel rank, in each direction; 0 for what the devices' network " +
			"ports do, of all GPUs that share a rank's cache.",
		example: "50",
	}, {
		name: "latency_us", unit: "µs", within: between(0, 1e9), unset: strconv.Itoa(defaultTransferLatency),
		does:    "From the end of a transfer until the decode side knows of it.",
		example: "50",
	}, {
		name: "timing", names: oneOf("timing", timingMissing, timingWhole), unset: strconv.Quote(timingMissing),
		does:    "Whether only what the decode side has not cached of a prompt is sent, or the full prompt.",
		example: strconv.Quote(timingWhole),
	}, {
		name: "contention", unset: "true",
		does:    "Whether transfers that go on at once share the ports of both sides, as evenly as can be.",
		example: "false",
	}, {
		name: "first_token", names: oneOf("pool", sim.Prefill.String(), sim.Decode.String()),
		unset: strconv.Quote(sim.Prefill.String()),
		does: "Which pool gives the client the first token: the one that has computed the prompt (SGLang, Dynamo, " +
			"TensorRT-LLM), or the other, which computes the prompt's last token again (vLLM behind a proxy).",
		example: strconv.Quote(sim.Decode.String()),
	}},
}

// Disaggregation says which prompts are computed apart from their answers.
type Disaggregation struct {
	Decider   string `toml:"decider" json:"decider"`
	Threshold int    `toml:"threshold_tokens" json:"threshold_tokens,omitempty"`
	PairAt    string `toml:"pair_at" json:"pair_at"`
}

// Deciders, and when requests are paired.
const (
	deciderAlways    = "always"
	deciderNever     = "never"
	deciderThreshold = "prefix-threshold"
	pairOnArrival    = "arrival"
	pairWhenDone     = "done"
)

// defaultThreshold is vLLM's block.
const defaultThreshold = 16

var disaggregationTable = table{
	path:   "disaggregation",
	does:   "Which prompts are computed in prefill pools, and when their decode replica is chosen.",
	choice: "decider",
	example: `[[pool]]
role = "prefill"
[[pool]]
role = "decode"
[disaggregation]
decider = "prefix-threshold"
threshold_tokens = 512
`,
	keys: []key{{
		name: "decider", names: oneOf("decider", deciderAlways, deciderNever, deciderThreshold),
		unset: strconv.Quote(deciderAlways),
		does: "`never` has decode replicas compute all prompts, `prefix-threshold` those of which they have nearly all " +
			"cached.",
		example: strconv.Quote(deciderNever),
	}, {
		name: "threshold_tokens", unit: "tokens", with: []string{deciderThreshold}, within: between(0, maxTokens),
		unset:   strconv.Itoa(defaultThreshold),
		does:    "A prompt of which more tokens are not cached is computed in a prefill pool.",
		example: "512",
	}, {
		name: "pair_at", names: oneOf("time", pairOnArrival, pairWhenDone), unset: strconv.Quote(pairOnArrival),
		does: "Whether a request's decode replica is chosen when it arrives, and sets blocks aside for it, or when its " +
			"prompt is computed.",
		example: strconv.Quote(pairWhenDone),
	}},
}

// parted tells whether prompts and answers have pools of their own.
func (s *Scenario) parted() bool {
	return slices.ContainsFunc(s.Pool, func(p Pool) bool { return roleOf(p.Role) != sim.Aggregated })
}

// checkRoles refuses pools that cannot work together, and settings of transfers where there are none.
func (s *Scenario) checkRoles() error {
	has := map[string]int{}
	for i, p := range s.Pool {
		role := cmp.Or(p.Role, sim.Aggregated.String())
		if _, met := has[role]; !met {
			has[role] = i
		}
	}
	prefill, some := has[sim.Prefill.String()]
	decode, others := has[sim.Decode.String()]
	whole, mixed := has[sim.Aggregated.String()]
	switch {
	case !some && !others:
		return s.checkIdle()
	case mixed:
		return s.source.fault(PoolPath(whole)+".role", "is aggregated, beside pools of parts of requests",
			"give it a role: prefill or decode")
	case !some:
		return s.source.fault(PoolPath(decode)+".role", "has no prefill pool beside it",
			"add one: [[pool]] role = \"prefill\"")
	case !others:
		return s.source.fault(PoolPath(prefill)+".role", "has no decode pool beside it",
			"add one: [[pool]] role = \"decode\"")
	}
	return s.checkMeanings(&disaggregationTable, cmp.Or(s.Disaggregation.Decider, deciderAlways))
}

// checkIdle refuses settings of transfers where there are none.
func (s *Scenario) checkIdle() error {
	for _, t := range []*table{&transferTable, &disaggregationTable} {
		for _, k := range t.keys {
			if path := t.path + "." + k.name; s.source.has(path) {
				return s.source.fault(path, "means nothing without prefill and decode pools",
					"leave it out, or give [[pool]] a role")
			}
		}
	}
	return nil
}

// resolveTransfers completes the settings of transfers.
func (s *Scenario) resolveTransfers() error {
	x, d := &s.KVTransfer, &s.Disaggregation
	x.Connector = cmp.Or(x.Connector, connectorPull)
	if !s.source.has("kv_transfer.latency_us") {
		x.Latency = defaultTransferLatency
	}
	x.Timing = cmp.Or(x.Timing, timingMissing)
	x.FirstToken = cmp.Or(x.FirstToken, sim.Prefill.String())
	shared := true
	x.Contention = cmp.Or(x.Contention, &shared)
	d.Decider, d.PairAt = cmp.Or(d.Decider, deciderAlways), cmp.Or(d.PairAt, pairOnArrival)
	if d.Decider != deciderThreshold {
		return nil
	}
	if !s.source.has("disaggregation.threshold_tokens") {
		d.Threshold = defaultThreshold
	}
	if d.PairAt == pairWhenDone {
		return s.source.faultf("disaggregation.pair_at", "use \""+pairOnArrival+"\", or another decider",
			"is %q, and %s asks the decode replica before the prompt is computed", pairWhenDone, deciderThreshold)
	}
	return nil
}

// checkCaches refuses pools whose caches are not alike.
func (s *Scenario) checkCaches() error {
	for i := range s.Pool {
		if kept, first := s.Pool[i].Precision.KV, s.Pool[0].Precision.KV; kept != first {
			return s.source.faultf(PoolPath(i)+".precision.kv", "keep all caches in one format",
				"a cache in %s cannot be sent to a pool that keeps it in %s", kept, first)
		}
	}
	return nil
}

// checkParts refuses schedulers that prefill and decode pools cannot have.
func (s *Scenario) checkParts(pools []*system) error {
	for i, y := range pools {
		if name := y.parts.Engine.Policy; !slices.Contains(sched.Paged(), name) {
			return s.pooled(i).source.faultf("engine.policy", "use one of "+strings.Join(sched.Paged(), ", "),
				"%q has no paged cache, of which a pool sends or takes parts", name)
		}
	}
	return s.checkSwapped(pools)
}

// checkRoom refuses pools that cannot hold two of the longest prompts where layers are sent one by one: what
// is set aside for a prompt under way then stays its own, and two may hold each other up for ever.
func (s *Scenario) checkRoom(pool *Built) error {
	in := &s.Workload.Synthetic.Input
	longest := max(in.Value, in.Max)
	memory := &pool.Parts.Memory
	if s.KVTransfer.Connector != connectorLayerwise || longest == 0 || memory.Sequences(longest) >= 2 {
		return nil
	}
	return pool.Scenario.source.faultf("engine.num_gpu_blocks",
		"give it more blocks, or use connector = "+strconv.Quote(connectorPull),
		"%d blocks of %d tokens do not hold two prompts of %d, which may then wait for each other for ever, sent %s",
		memory.Blocks, memory.Layout.BlockTokens, longest, connectorLayerwise)
}

// exchange is how the pools of a resolved scenario work together; nil where all are aggregated.
func (b *Built) exchange() *sim.Exchange {
	s := b.Scenario
	if !s.parted() {
		return nil
	}
	x, d := &s.KVTransfer, &s.Disaggregation
	local := sim.Never
	switch d.Decider {
	case deciderNever:
		local = sim.Always
	case deciderThreshold:
		local = d.Threshold
	}
	return &sim.Exchange{
		Payload: kv.PayloadOf(b.Parts.Model, &b.Parts.Engine.Memory, b.Parts.Speculation.memory(),
			&b.Parts.Plan.Precision),
		Latency: units.Seconds(x.Latency / 1e6).Picoseconds(), Layerwise: x.Connector == connectorLayerwise,
		Apart: !*x.Contention, Whole: x.Timing == timingWhole, Again: x.FirstToken == sim.Decode.String(),
		PairLate: d.PairAt == pairWhenDone, Local: local,
	}
}

// link is what the network carries of one data-parallel rank of a pool.
func (b *Built) link(given float64) units.BytesPerSecond {
	if given > 0 {
		return units.BytesPerSecond(given * 1e9)
	}
	p := &b.Parts.Plan
	return b.Parts.Device.Network.Bandwidth * units.BytesPerSecond(p.GPUs()/p.DP)
}

// roleOf is what a pool of that name computes.
func roleOf(name string) sim.Role {
	for _, role := range []sim.Role{sim.Prefill, sim.Decode} {
		if role.String() == name {
			return role
		}
	}
	return sim.Aggregated
}

package scenarios

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/router"
)

// RouterTable says which of several replicas a request goes to, and what the router knows of them.
type RouterTable struct {
	Policy             string   `toml:"policy" json:"policy,omitempty"`
	PrefillPolicy      string   `toml:"prefill_policy" json:"prefill_policy,omitempty"`
	DecodePolicy       string   `toml:"decode_policy" json:"decode_policy,omitempty"`
	OverlapScoreWeight *float64 `toml:"overlap_score_weight" json:"overlap_score_weight,omitempty"`
	Temperature        float64  `toml:"router_temperature" json:"router_temperature,omitempty"`
	MaxLoadRatio       float64  `toml:"max_load_ratio" json:"max_load_ratio,omitempty"`
	StatsInterval      *float64 `toml:"stats_interval_ms" json:"stats_interval_ms,omitempty"`
	EventsDelay        float64  `toml:"kv_events_delay_ms" json:"kv_events_delay_ms,omitempty"`
	Latency            float64  `toml:"latency_us" json:"latency_us,omitempty"`
	Scorers            Scorers  `toml:"scorers" json:"scorers,omitzero"`
}

// Scorers are weights of llm-d's scorers.
type Scorers struct {
	PrefixCache   float64 `toml:"precise-prefix-cache" json:"precise-prefix-cache"`
	QueueDepth    float64 `toml:"queue-depth" json:"queue-depth"`
	KVUtilization float64 `toml:"kv-utilization" json:"kv-utilization"`
}

const routerDoes = "`round-robin` takes the next replica, `least-outstanding` the one with the fewest requests in it, " +
	"`power-of-two` the better of two that are drawn, `vllm-dp` the one with the fewest in published counts, where one " +
	"that waits is four that run, `session-sticky` the one that the session's name hashes to, `prefix-affinity` the one " +
	"that has most of the prompt in its cache, unless it is too busy, `kv` the cheapest by Dynamo's cost, `weighted` the " +
	"one with the largest sum of llm-d's scores, and `least-kv` the one with the emptiest cache."

var (
	looking  = []string{router.KV, router.PrefixAffinity, router.Weighted}
	reading  = []string{router.LeastKV, router.VLLMDP, router.Weighted}
	defaults = router.Defaults()
)

var routerTable = table{
	path: "router",
	does: "Which of several replicas a request goes to, and what the router knows of them. With it the result has a " +
		"`router` object. See [routing.md](../explanation/routing.md).",
	choice: "policy",
	example: `[router]
policy = "kv"
overlap_score_weight = 1.0
kv_events_delay_ms = 1.0
`,
	keys: []key{{
		name: "policy", names: &nameSet{kind: "router", list: router.Names},
		unset: strconv.Quote(defaultRouter) + ", or `engine.router`",
		does:  routerDoes, example: strconv.Quote(router.KV),
	}, {
		name: "prefill_policy", names: &nameSet{kind: "router", list: router.Names}, unset: "`router.policy`",
		does: "Which of the prefill replicas computes a prompt. `kv` looks at what they have to compute alone, as Dynamo's does " +
			"before such pools.",
		example: strconv.Quote(router.PrefixAffinity),
	}, {
		name: "decode_policy", names: &nameSet{kind: "router", list: router.Names}, unset: "`router.policy`",
		does: "Which of the decode replicas decodes. `kv` looks at the blocks that they have in hand alone, as Dynamo's does, " +
			"unless `disaggregation.decider` is `never`.",
		example: strconv.Quote(router.PowerOfTwo),
	}, {
		name: "overlap_score_weight", with: []string{router.KV}, within: between(0, 1e6), unset: "1",
		does: "What a prompt block that has to be computed costs, where a block of a request in hand costs 1; with 0 caches " +
			"are not looked at.",
		example: "2.0",
	}, {
		name: "router_temperature", with: []string{router.KV}, within: between(0, 1e6), unset: "0",
		does:    "Above 0 replicas are drawn by a softmax of their costs over their range and this; at 0 the cheapest is taken.",
		example: "0.2",
	}, {
		name: "max_load_ratio", with: []string{router.PrefixAffinity}, within: &span{min: 1, max: 1e6, words: "a number from 1 to 1e+06"},
		unset:   "1.25",
		does:    "A replica with more outstanding requests than so many times the mean of all is passed over.",
		example: "1.5",
	}, {
		name: "stats_interval_ms", unit: "ms", with: reading, within: between(0, maxTime*1e3), unset: "100 with `vllm-dp`, else 50",
		does:    "How often replicas publish what waits, runs and is held; 0: it is read for each request.",
		example: "10",
	}, {
		name: "kv_events_delay_ms", unit: "ms", with: looking, within: between(0, maxTime*1e3), unset: "0",
		does:    "How long it takes until the router knows what a cache has come to hold or has forgotten.",
		example: "5",
	}, {
		name: "latency_us", unit: "us", within: between(0, maxTime*1e6), unset: "0",
		does:    "What the router takes for each request; several are not in each other's way.",
		example: "500",
	}},
}

var scorersTable = table{
	path: "router.scorers",
	does: "The weights of the scores, each from 0 to 1, that `weighted` adds up; where the table is left out, 2, 1 and 1.",
	example: `[router]
policy = "weighted"
scorers = { precise-prefix-cache = 3, queue-depth = 2, kv-utilization = 2 }
`,
	keys: []key{{
		name: "precise-prefix-cache", within: between(0, 1e6), unset: "0",
		does:    "Of the prompt in a replica's cache: 0 for the least that any has of it, 1 for the most; 0 without any.",
		example: "3",
	}, {
		name: "queue-depth", within: between(0, 1e6), unset: "0",
		does:    "Of the waiting requests: 1 for the fewest, 0 for the most.",
		example: "2",
	}, {
		name: "kv-utilization", within: between(0, 1e6), unset: "0",
		does:    "The share of a replica's cache that no sequence holds.",
		example: "2",
	}},
}

// IsSet tells whether the scenario has such a table.
func (r *RouterTable) IsSet() bool { return *r != RouterTable{} }

// resolveRouter decides the policy, which has a key in two tables, and refuses what it does not look at.
func (s *Scenario) resolveRouter(p *Parts) error {
	r, e := &s.Router, &s.Engine
	if r.Policy != "" && e.Router != "" && r.Policy != e.Router {
		return s.source.faultf("engine.router", "set one of them", "%q stands beside router.policy = %q", e.Router, r.Policy)
	}
	e.Router = cmp.Or(r.Policy, e.Router, defaultRouter)
	if !r.IsSet() {
		return nil
	}
	r.Policy = e.Router
	policies := r.policies()
	if err := s.checkMeanings(&routerTable, policies...); err != nil {
		return err
	}
	for i := range scorersTable.keys {
		path := scorersTable.path + "." + scorersTable.keys[i].name
		if s.source.has(path) && !slices.Contains(policies, router.Weighted) {
			return s.source.faultf(path, `use it with policy = "weighted"`, "has no meaning with policy = %q", r.Policy)
		}
	}
	for _, policy := range policies {
		r.complete(policy)
	}
	return nil
}

// policies are those that choose: of the prefill and of the decode side where these have their own.
func (r *RouterTable) policies() []string {
	return []string{cmp.Or(r.PrefillPolicy, r.Policy), cmp.Or(r.DecodePolicy, r.Policy)}
}

// complete fills in what a policy goes by.
func (r *RouterTable) complete(policy string) {
	switch policy {
	case router.KV:
		r.OverlapScoreWeight = cmp.Or(r.OverlapScoreWeight, &defaults.OverlapWeight)
	case router.PrefixAffinity:
		r.MaxLoadRatio = cmp.Or(r.MaxLoadRatio, defaults.MaxLoadRatio)
	case router.Weighted:
		if r.Scorers == (Scorers{}) {
			r.Scorers = Scorers(defaults.Scorers)
		}
	}
	if slices.Contains(reading, policy) && r.StatsInterval == nil {
		every := router.StatsInterval(policy).Milliseconds()
		r.StatsInterval = &every
	}
}

// checkSides refuses routers of sides where there are none, and one of all where both sides have their own.
func (s *Scenario) checkSides() error {
	const prefill, decode = "router.prefill_policy", "router.decode_policy"
	parted := s.parted()
	for _, key := range []string{prefill, decode} {
		if s.source.has(key) && !parted {
			return s.source.fault(key, "means nothing without prefill and decode pools",
				"set router.policy, or give [[pool]] a role")
		}
	}
	if s.source.has(prefill) && s.source.has(decode) && s.source.has("router.policy") {
		return s.source.fault("router.policy", "means nothing beside prefill_policy and decode_policy", "leave one of them out")
	}
	return nil
}

// desk is the router of one side of prefill and decode pools.
func (s *Scenario) desk(side, policy string, options router.Options) sim.Desk {
	d := sim.Desk{Router: policy, Options: options}
	switch {
	case policy != router.KV:
	case side == sim.Prefill.String():
		d.Options.PromptsAlone = true
	case s.Disaggregation.Decider != deciderNever:
		d.Options.OverlapWeight = 0
	}
	return d
}

// route sets what a simulation's router is, and knows.
func (s *Scenario) route(c *sim.Config) {
	r := &s.Router
	c.Router, c.Options = s.Engine.Router, defaults
	if r.IsSet() {
		s.routeBy(c)
	}
	if x := c.Exchange; x != nil {
		x.Prefill = s.desk(sim.Prefill.String(), cmp.Or(r.PrefillPolicy, c.Router), c.Options)
		x.Decode = s.desk(sim.Decode.String(), cmp.Or(r.DecodePolicy, c.Router), c.Options)
	}
}

// routeBy sets what the scenario's table says.
func (s *Scenario) routeBy(c *sim.Config) {
	r := &s.Router
	ms := func(v float64) units.Picoseconds { return units.Seconds(v / 1e3).Picoseconds() }
	c.Options.Temperature = r.Temperature
	c.Options.MaxLoadRatio = cmp.Or(r.MaxLoadRatio, defaults.MaxLoadRatio)
	if r.OverlapScoreWeight != nil {
		c.Options.OverlapWeight = *r.OverlapScoreWeight
	}
	if r.Scorers != (Scorers{}) {
		c.Options.Scorers = router.ScoreWeights(r.Scorers)
	}
	c.EventsDelay = ms(r.EventsDelay)
	c.RequestDelay += ms(r.Latency / 1e3)
	if r.StatsInterval != nil {
		if c.StatsInterval = ms(*r.StatsInterval); c.StatsInterval == 0 {
			c.StatsInterval = router.Live
		}
	}
}

// routerMetrics say how a router did.
var routerMetrics = []Definition{
	{
		Key: "router.holder_found", Title: "requests that some replica had cached", Unit: "share", Scope: OfSystem, table: "router",
		Meaning: "Share of the requests of whose prompt the router knew a replica that had a block in its cache; 0 where it does " +
			"not look.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return r.ofRequests(r.Result.Router.Found) },
	}, {
		Key: "router.holder_taken", Title: "requests sent where they were cached", Unit: "share", Scope: OfSystem, Better: Higher, table: "router",
		Meaning: "Share of the requests that went to the replica with the longest beginning of their prompt, of those of which a " +
			"replica had any, as far as the router knew; 0 where it does not look.",
		needs: needsCompletion,
		value: func(r *Run) float64 { return share(int64(r.Result.Router.Taken), int64(r.Result.Router.Found)) },
	}, {
		Key: "router.imbalance", Title: "busiest replica", Unit: "ratio", Scope: OfSystem, Better: Lower, table: "router",
		Meaning: "Requests of the replica that was sent most, divided by the mean of all replicas.",
		needs:   needsCompletion,
		value:   func(r *Run) float64 { return imbalance(r.Result.Router.PerReplica) },
	},
}

// ofRequests is a share of all requests.
func (r *Run) ofRequests(n int) float64 {
	return share(int64(n), int64(r.Result.Requests()))
}

// imbalance is the largest of some counts over their mean.
func imbalance(counts []int) float64 {
	most, sum := 0, 0
	for _, n := range counts {
		most, sum = max(most, n), sum+n
	}
	return float64(most) * float64(len(counts)) / float64(max(1, sum))
}

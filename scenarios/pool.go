package scenarios

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/sim"
)

// Pool is equal replicas of a deployment that has several kinds of them. What it does not say stands in the
// scenario's own tables.
type Pool struct {
	Role         string    `toml:"role" json:"role"`
	Replicas     int       `toml:"replicas" json:"replicas"`
	Device       string    `toml:"device" json:"device"`
	GPUs         int       `toml:"gpus" json:"gpus"`
	Nodes        int       `toml:"nodes" json:"nodes"`
	PricePerHour float64   `toml:"price_per_hour" json:"price_per_hour"`
	Parallel     Parallel  `toml:"parallel" json:"parallel"`
	Precision    Precision `toml:"precision" json:"precision"`
	Engine       Engine    `toml:"engine" json:"engine"`
}

var roles = oneOf("role", sim.Aggregated.String(), sim.Prefill.String(), sim.Decode.String())

var poolTable = table{
	path: "pool",
	does: "Equal replicas, of one kind among several. What a pool leaves out stands in `[hardware]`, `[precision]` and " +
		"`[engine]`; one that says how many GPUs it takes, or a degree, says its whole plan. `--set` and sweeps count " +
		"pools from 0: `pool[0].replicas`.",
	example: `[[pool]]
replicas = 2
device = "h100-sxm-80gb"
[[pool]]
replicas = 1
device = "a100-sxm-80gb"
gpus = 2
parallel = { tp = 2 }
`,
	keys: []key{{
		name: "role", names: roles, unset: strconv.Quote(sim.Aggregated.String()),
		does: "What its replicas compute: `aggregated` ones whole requests, `prefill` ones prompts for `decode` ones; see " +
			"`[kv_transfer]`.",
		example: strconv.Quote(sim.Aggregated.String()),
	}, {
		name: "replicas", unit: "replicas", within: counted(maxGPUs), unset: "`hardware.replicas`",
		does:    "How many replicas there are.",
		example: "2",
	}, {
		name: "device", unset: "`hardware.device`",
		does:    "The GPU, as in `[hardware]`.",
		example: `"a100-sxm-80gb"`,
	}, {
		name: "gpus", unit: "GPUs", within: counted(maxGPUs), unset: "`hardware.gpus`",
		does:    "The GPUs of one replica, over all its nodes.",
		example: "4",
	}, {
		name: "nodes", unit: "nodes", within: counted(maxGPUs), unset: "`hardware.nodes`",
		does:    "The nodes of one replica.",
		example: "1",
	}, {
		name: "price_per_hour", unit: "USD an hour", within: between(0, 1e6),
		unset:   "`hardware.price_per_hour`, or the price of its own device",
		does:    "The price of one GPU.",
		example: "2.5",
	}},
}

// Within a pool, tables that stand for the scenario's have the same keys.
var (
	poolParallelTable = table{path: "pool.parallel", does: "How one replica of the pool divides the model.",
		keys: parallelTable.keys}
	poolPrecisionTable = table{path: "pool.precision", does: "The pool's number formats.", keys: precisionTable.keys}
	poolEngineTable    = table{path: "pool.engine", choice: "policy", keys: engineTable.keys,
		does: "The pool's engine, but for the router, which is the whole deployment's."}
)

// overridden are the tables of a pool with those of the scenario that they stand for.
var overridden = []struct{ pool, table string }{
	{"parallel", "parallel"}, {"precision", "precision"}, {"engine", "engine"}, {"", "hardware"},
}

// PoolPath is the path of a pool's table.
func PoolPath(i int) string { return fmt.Sprintf("pool[%d]", i) }

// poolKey splits a key of a pool, pool[0].replicas, into its number and the key within it.
var poolKey = regexp.MustCompile(`^pool\[(\d+)\]\.(.+)$`)

// ownPath is where a pool says for itself what stands at a path of the scenario; empty where it cannot.
func ownPath(pool, path string) string {
	for _, o := range overridden {
		name, inside := strings.CutPrefix(path, o.table+".")
		if !inside {
			continue
		}
		return strings.Replace(pool+"."+o.pool+"."+name, "..", ".", 1)
	}
	return ""
}

// setPool changes a key within a pool.
func (s *Scenario) setPool(at, field, text string) error {
	i, err := strconv.Atoi(at)
	if err != nil || i >= len(s.Pool) {
		return fmt.Errorf("there is no pool %s: the scenario has %d, counted from 0", at, len(s.Pool))
	}
	s.Pool = slices.Clone(s.Pool)
	return decodeOver(&s.Pool[i], field, text)
}

// checkPools refuses pools of which something can be seen to be wrong.
func (s *Scenario) checkPools() error {
	for i := range s.Pool {
		path := PoolPath(i)
		if role := s.Pool[i].Role; role != "" && !roles.has(role) {
			return s.source.unknown(path+".role", roles.kind, role, roles.list())
		}
		if s.source.has(path + ".engine.router") {
			return s.source.fault(path+".engine.router", "stands in a pool, and there is one router for all",
				"set it in [engine]")
		}
		own := s.pooled(i)
		for _, check := range []func() error{own.checkRanges, own.checkNames} {
			if err := check(); err != nil {
				return err
			}
		}
	}
	return cmp.Or(s.checkRoles(), s.checkSides())
}

// pooled is the scenario as if it had the replicas of one of its pools alone.
func (s *Scenario) pooled(i int) *Scenario {
	own, pool := *s, &s.Pool[i]
	own.Pool = nil
	own.source.pool = PoolPath(i)
	own.source.hidden = append(own.source.hidden, transferTable.path, disaggregationTable.path) // between pools
	says := func(key string) bool { return s.source.has(own.source.pool + "." + key) }
	degree := func(k key) bool { return says("parallel." + k.name) }
	if says("gpus") || says("nodes") || slices.ContainsFunc(poolParallelTable.keys, degree) {
		own.Hardware.GPUs, own.Hardware.Nodes, own.Parallel = 0, 0, Parallel{}
		own.source.hidden = append(own.source.hidden, "hardware.gpus", "hardware.nodes", "parallel")
	}
	if says("device") {
		own.Hardware.PricePerHour = 0
		own.source.hidden = append(own.source.hidden, "hardware.price_per_hour")
	}
	own.forgetOtherNames(says)
	for _, o := range overridden {
		into, from := reflect.ValueOf(&own).Elem(), reflect.ValueOf(pool).Elem()
		into = into.FieldByIndex(field(into.Type(), o.table).Index)
		if o.pool != "" {
			from = from.FieldByIndex(field(from.Type(), o.pool).Index)
		}
		for f := range into.NumField() {
			name := into.Type().Field(f).Tag.Get("toml")
			if path := ownPath(own.source.pool, o.table+"."+name); s.source.has(path) {
				into.Field(f).Set(from.FieldByIndex(field(from.Type(), name).Index))
			}
		}
	}
	return &own
}

// Alone is the scenario as if the pool whose plan it shows, the first that decodes, were the only one; the
// scenario itself where it has none.
func (s *Scenario) Alone() *Scenario {
	if len(s.Pool) == 0 {
		return s
	}
	return s.pooled(s.shown())
}

// PoolAlone is the scenario as if the pool of that number were the only one.
func (s *Scenario) PoolAlone(i int) *Scenario { return s.pooled(i) }

// PrefillAndDecode are the numbers of a scenario's two pools, of prompts and of answers; an error where it
// has others. What names who wants to know.
func (s *Scenario) PrefillAndDecode(what string) (prefill, decode int, err error) {
	numbered := func(role sim.Role) int {
		return slices.IndexFunc(s.Pool, func(p Pool) bool { return p.Role == role.String() })
	}
	prefill, decode = numbered(sim.Prefill), numbered(sim.Decode)
	if len(s.Pool) != 2 || prefill < 0 || decode < 0 {
		return 0, 0, s.source.faultf(PoolPath(0), "leave one of each role, or none",
			"%s is about one plan, or about a prefill and a decode pool, and there are %d pools", what, len(s.Pool))
	}
	return prefill, decode, nil
}

// OnePool refuses a scenario with pools, to which something that is about one plan does not apply.
func (s *Scenario) OnePool(what string) error {
	if len(s.Pool) == 0 {
		return nil
	}
	return s.source.faultf(PoolPath(0), "leave [[pool]] out", "%s is about one plan, and there are %d pools", what, len(s.Pool))
}

// shown is the pool whose plan and memory the scenario's result shows.
func (s *Scenario) shown() int {
	return max(0, slices.IndexFunc(s.Pool, func(p Pool) bool { return p.Role != sim.Prefill.String() }))
}

// newPools resolves every pool, and shows the tables of one.
func (s *Scenario) newPools() (*system, error) {
	var pools []*system
	for i := range s.Pool {
		y, err := s.pooled(i).simulated()
		if err != nil {
			return nil, err
		}
		pools = append(pools, y)
	}
	first := pools[s.shown()]
	y := &system{scenario: first.scenario, parts: first.parts, pools: pools}
	y.scenario.Pool = slices.Clone(s.Pool)
	for i, pool := range pools {
		r, p := &pool.scenario, &y.scenario.Pool[i]
		p.Role = cmp.Or(p.Role, sim.Aggregated.String())
		p.Replicas, p.Device, p.GPUs = r.Hardware.Replicas, r.Hardware.Device, r.Hardware.GPUs
		p.Nodes, p.PricePerHour = r.Hardware.Nodes, r.Hardware.PricePerHour
		p.Parallel, p.Precision, p.Engine = r.Parallel, r.Precision, r.Engine
	}
	y.scenario.source = s.source
	if !s.parted() {
		return y, nil
	}
	return y, cmp.Or(y.scenario.checkCaches(), s.checkParts(pools), y.scenario.resolveTransfers())
}

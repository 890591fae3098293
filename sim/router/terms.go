package router

// Terms are what a router is made of: the replicas that it has, and how it chooses.
type Terms struct {
	Replicas []Member
	Seed     uint64 // of what it draws at random
	Options
}

// Member is what a router knows of a replica for good.
type Member struct {
	Blocks      int // of its cache, on all ranks
	BlockTokens int
}

// Options are the parameters of routers that have any. What an option is for stands beside its use.
type Options struct {
	OverlapWeight float64      // kv
	PromptsAlone  bool         // kv: blocks in hand do not count
	Temperature   float64      // kv
	MaxLoadRatio  float64      // prefix-affinity
	Scorers       ScoreWeights // weighted
}

// ScoreWeights are the weights of what a weighted router adds up.
type ScoreWeights struct {
	PrefixCache, QueueDepth, KVUtilization float64
}

// Defaults are the routers' own options: Dynamo's (lib/kv-router, KvRouterConfig), the weights of llm-d's
// guide to precise prefix caching, and the ratio with which bounded loads came into use (HAProxy's
// hash-balance-factor 125).
func Defaults() Options {
	return Options{OverlapWeight: 1, MaxLoadRatio: 1.25, Scorers: ScoreWeights{2, 1, 1}}
}

// Alike are replicas of which nothing is known but that there are so many.
func Alike(n int) []Member { return make([]Member, n) }

package arch

// Shard says how parallelism divides a tensor.
type Shard uint8

// Ways to divide a tensor.
const (
	Replicated      Shard = iota // every rank holds all of it
	Sharded                      // divided by Split.TP
	ShardedKVHeads               // divided by min(TP, KV heads), replicated beyond
	ShardedByExpert              // divided by ExpertRanks·ExpertTP
)

// Tensor is a set of parameters of one layer.
type Tensor struct {
	Name   string
	Count  float64 // parameters in one layer, all ranks together, unreplicated
	Active float64 // parameters that one token touches (fewer than Count for routed experts)
	Group  Group
	Shard  Shard
	Heads  int // for ShardedKVHeads: the number of KV heads
	Stored Stored
}

// OnRank is the number of its parameters that one rank holds.
func (t Tensor) OnRank(s Split) float64 {
	switch t.Shard {
	case Sharded:
		return t.Count / float64(s.TP)
	case ShardedKVHeads:
		return t.Count / float64(min(s.TP, t.Heads))
	case ShardedByExpert:
		return t.Count / float64(s.ExpertRanks*s.ExpertTP)
	default:
		return t.Count
	}
}

// matrix is a tensor of rows×columns that every token touches.
func matrix(name string, rows, columns int, g Group, s Shard) Tensor {
	n := float64(rows) * float64(columns)
	return Tensor{Name: name, Count: n, Active: n, Group: g, Shard: s}
}

// headMatrix is a matrix divided by heads of which there may be fewer than ranks.
func headMatrix(name string, rows, columns, heads int, g Group) Tensor {
	t := matrix(name, rows, columns, g, ShardedKVHeads)
	t.Heads = heads
	return t
}

// vector is a small tensor: a norm, a bias.
func vector(name string, values int, s Shard) Tensor {
	return matrix(name, 1, values, GroupSmall, s)
}

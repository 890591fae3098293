package kernels

import "github.com/roofserve/roofserve/hw/units"

// Tiling names the tiles that a library of matrix kernels chooses from.
type Tiling uint8

// Libraries' tilings.
const (
	// Heuristic picks the best of nine tiles, as cuBLAS and DeepGEMM's searches do.
	Heuristic Tiling = iota
	// Dispatched goes by the number of rows alone, as vLLM's and SGLang's CUTLASS fp8 kernels do: 64×64 up to 64
	// rows, 64×128 up to 128, then clusters of two 128×128 tiles, K never split (vLLM
	// csrc/quantization/w8a8/cutlass/c3x, sm90 fp8 dispatch).
	Dispatched
	// Narrow has tiles of few rows, as kernels that unpack weights do (TensorRT-LLM cutlass_heuristic.cpp,
	// fpA_intB on sm80).
	Narrow
	tilingCount
)

// String is the name that calibration files use.
func (t Tiling) String() string { return [...]string{"heuristic", "dispatched", "narrow"}[t] }

// tile is a block of the output that one SM computes.
type tile struct{ rows, cols int }

var (
	heuristicTiles = []tile{{64, 64}, {64, 128}, {64, 256}, {128, 64}, {128, 128}, {128, 256}, {256, 64},
		{256, 128}, {256, 256}}
	narrowTiles = []tile{{16, 128}, {16, 256}, {32, 128}, {64, 128}, {128, 128}}
	fewRows     = []tile{{64, 64}}
	someRows    = []tile{{64, 128}}
	manyRows    = []tile{{128, 128}}
)

const (
	// maxSplit is the most shares that K is cut into, and leastShare the shortest share that is still cut in
	// two.
	maxSplit   = 16
	leastShare = 128
	// clusterRows is what two 128-row tiles of one cluster compute, wanted or not.
	clusterRows = 256
)

// choices are the tiles for m rows, and the rows that are computed.
func (t Tiling) choices(m int) (tiles []tile, rows int) {
	switch {
	case t == Narrow:
		return narrowTiles, m
	case t == Heuristic:
		return heuristicTiles, m
	case m <= 64:
		return fewRows, m
	case m <= 128:
		return someRows, m
	default:
		return manyRows, units.CeilDiv(m, clusterRows) * clusterRows
	}
}

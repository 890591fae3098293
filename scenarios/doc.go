// Package scenarios is what users write: a TOML file that names a model, hardware, a parallelism and
// precision plan, an engine and a workload, with the sweeps over its keys and the expectations that its
// result must meet. It decodes strictly, fills in defaults, and builds what the engine runs; it does not know
// how results are drawn.
//
// The built-in scenarios are files of this package; a user's own file is the same thing at another path.
package scenarios

// Package arch describes what a model is: an embedding, a stack of blocks (a mixer and a feed-forward part) and a head.
// It counts parameters, state, floating-point operations and bytes, and holds the catalogue of published models as data.
// It knows neither GPUs nor time: sim/cost turns its operators into seconds.
package arch

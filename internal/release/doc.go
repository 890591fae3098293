// Package release orders the names that engines give their releases: 0.18.0, 0.5.6.post2, 1.3.0rc20. It knows
// no engine.
package release

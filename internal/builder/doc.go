// Package builder is what programs have in common that build pages into a folder, from the sources of this
// repository.
package builder

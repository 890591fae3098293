// Package leftout fits the engines' constants on end-to-end measurements and judges them out of sample: each
// cell of rows, one model under one engine, is left out of the fit in turn and predicted.
package leftout

// Package fidelity holds predictions against measurements: it reads rows measured on real engines, simulates
// each as it was measured, and reports the errors.
package fidelity

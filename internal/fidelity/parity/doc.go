// Package parity draws predicted against measured times.
package parity

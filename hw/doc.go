// Package hw knows hardware: devices as data-sheet figures, the links between them, and the roofline that
// turns work (floating-point operations and bytes) into time. It knows neither models nor requests.
package hw

// Package figure is the one look of every plot that roofserve draws: theme, axes, panels, and files. A figure is saved
// as PNG and SVG with the CSV it was drawn from beside them, and the same figure gives the same bytes.
package figure

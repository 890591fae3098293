// Package figure is the one look of every plot that roofserve draws: themes, axes, panels, and files. A
// figure is saved as PNG, SVG and PDF, light or dark, with the CSV that it was drawn from beside it, and the
// same figure gives the same bytes.
package figure

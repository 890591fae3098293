// Package operators reports how well the laws of kernels predict measured operators: a page, tables, and
// figures of the residuals, from the fits of package calibrate.
package operators

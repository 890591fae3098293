// Package metrics holds streaming aggregates: means, extremes, quantile sketches with a stated relative error, and
// time-weighted averages. Memory is constant in the number of observations.
package metrics

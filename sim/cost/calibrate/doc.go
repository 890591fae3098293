// Package calibrate fits the laws of package kernels to measured operator latencies and judges them out of
// sample.
//
// Each family file turns the rows of one measured file into Problems: a law of a kernels.Set, for one engine
// on one device, and the samples that it should predict. Run fits every problem with a robust loss on the
// logarithm of predicted over measured time, holds out whole groups of shapes (never random rows) to judge
// it, and writes the calibration files and a report. The same rows give the same bytes.
package calibrate

// Package units holds the quantities that cross package borders in roofserve, so that no bare float64 does:
// time, data, work, rates, and the number formats that tensors are stored in.
package units

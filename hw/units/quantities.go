package units

import "math"

// Seconds is a span of time as a real number: what formulas produce.
type Seconds float64

// Picoseconds is a span of time, or an instant since the start of a simulation, as an integer: what the clock
// counts. 2^63 ps are 106 days; sums of spans over many requests overflow and belong in float64.
type Picoseconds int64

// Common spans of time.
const (
	Nanosecond  Seconds = 1e-9
	Microsecond Seconds = 1e-6
	Millisecond Seconds = 1e-3

	// PicosecondsPerSecond converts between the clock and formulas.
	PicosecondsPerSecond = 1e12
)

// Forever is later than every instant of a simulation.
const Forever Picoseconds = math.MaxInt64

// Picoseconds rounds s to the nearest tick of the clock.
func (s Seconds) Picoseconds() Picoseconds {
	return Picoseconds(math.RoundToEven(float64(s) * PicosecondsPerSecond))
}

// Milliseconds is s in ms, the unit of reported latencies.
func (s Seconds) Milliseconds() float64 { return float64(float64(s) * 1e3) }

// Seconds is p as a real number of seconds.
func (p Picoseconds) Seconds() Seconds { return Seconds(float64(p) / PicosecondsPerSecond) }

// Milliseconds is p in ms, the unit of reported latencies.
func (p Picoseconds) Milliseconds() float64 { return float64(p) / 1e9 }

// Bytes is an amount of data. It is a float64 because formats below one byte and scale factors make
// fractions; whole counts stay exact up to 2^53.
type Bytes float64

// FLOPs is an amount of arithmetic; a multiply-add counts 2.
type FLOPs float64

// BytesPerSecond is a bandwidth.
type BytesPerSecond float64

// FLOPsPerSecond is an arithmetic throughput.
type FLOPsPerSecond float64

// Watts is electric power.
type Watts float64

// USDPerHour is a price of machine time.
type USDPerHour float64

// GiB is 2^30 bytes.
const GiB Bytes = 1 << 30

package workloads

// burstGPT is the BurstGPT traces, seconds since the first day of the trace. Rows without response tokens are
// calls that failed; they are left out, and counted in the notes. github.com/HPMLL/BurstGPT, README.
var burstGPT = func() format {
	f := csvFormat("BurstGPT (CSV)",
		Columns{Arrival: "Timestamp", Input: "Request tokens", Output: "Response tokens"},
		func() clock { return timeUnits["s"] })
	f.emptyIsFailed = true
	return f
}()

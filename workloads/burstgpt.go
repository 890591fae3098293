package workloads

// burstGPT is the BurstGPT traces, seconds since the first day of the trace; the second release has columns
// for the session, which is read, and the time that the answer took. Rows without response tokens are calls
// that failed; they are left out, and counted in the notes.
var burstGPT = func() format {
	f := tableFormat("BurstGPT",
		roleNames{roleArrival: "Timestamp", roleInput: "Request tokens", roleOutput: "Response tokens",
			roleSession: "Session ID"},
		func() clock { return timeUnits["s"] })
	f.about = "either release: seconds, lengths, in the second sessions; calls without an answer are left out"
	f.source = "github.com/HPMLL/BurstGPT, README"
	f.emptyIsFailed = true
	return f
}()

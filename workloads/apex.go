package workloads

// apex is the traces of the APEX simulator: lengths, and nanoseconds since the trace began.
var apex = func() format {
	f := tableFormat("APEX",
		roleNames{roleArrival: "StartTimeOffset", roleInput: "ContextTokens", roleOutput: "GeneratedTokens"},
		func() clock { return timeUnits["ns"] })
	f.about = "nanoseconds, lengths"
	f.source = "github.com/microsoft/apex_plus, traces"
	return f
}()

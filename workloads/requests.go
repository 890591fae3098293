package workloads

// ownRequests is what `run --requests-csv` writes: a row for each request when it was answered, seconds.
// Replayed, they arrive as they did then.
var ownRequests = func() format {
	f := tableFormat("roofserve's --requests-csv",
		roleNames{roleArrival: "arrival_s", roleInput: "input_tokens", roleOutput: "output_tokens", roleOrder: "index",
			roleClass: "slo_class"},
		func() clock { return timeUnits["s"] })
	f.about = "what a run wrote; requests arrive as they did there, of the classes that they were of"
	f.source = "`roofserve run --requests-csv`"
	f.unordered = true
	return f
}()

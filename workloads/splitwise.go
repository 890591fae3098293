package workloads

// splitwise is the traces of the splitwise-sim simulator, seconds.
var splitwise = func() format {
	f := tableFormat("splitwise-sim",
		roleNames{roleArrival: "arrival_timestamp", roleInput: "prompt_size", roleOutput: "token_size"},
		func() clock { return timeUnits["s"] })
	f.about = "seconds, lengths"
	f.source = "github.com/Mutinifni/splitwise-sim, traces"
	return f
}()

package workloads

// llmServingSim is the data sets of the LLMServingSim simulator, nanoseconds: a table parted by tabs in its
// first release, JSON objects later.
var llmServingSim = func() format {
	f := tableFormat("LLMServingSim",
		roleNames{roleArrival: "arrival_time_ns", roleInput: "input_toks", roleOutput: "output_toks"},
		func() clock { return timeUnits["ns"] })
	f.about = "nanoseconds, lengths"
	f.source = "github.com/casys-kaist/LLMServingSim, dataset/README.md"
	return f
}()

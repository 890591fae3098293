package workloads

const vidurSource = "github.com/microsoft/vidur, data/processed_traces"

// vidur is the processed traces of the Vidur simulator, seconds.
var vidur = func() format {
	f := tableFormat("Vidur",
		roleNames{roleArrival: "arrived_at", roleInput: "num_prefill_tokens", roleOutput: "num_decode_tokens"},
		func() clock { return timeUnits["s"] })
	f.about, f.source = "seconds, lengths", vidurSource
	return f
}()

// vidurLengths is those of its traces that have lengths alone.
var vidurLengths = func() format {
	f := tableFormat("Vidur without times",
		roleNames{roleInput: "num_prefill_tokens", roleOutput: "num_decode_tokens"},
		func() clock { return nil })
	f.about, f.source = "lengths alone", vidurSource
	lengths := f.open
	f.open = func(first *head) rows {
		if hasArrivals(first) { // under another name than Vidur's
			return nil
		}
		return lengths(first)
	}
	return f
}()

// writeVidur writes Vidur's traces.
var writeVidur = writer{
	name: "vidur",
	head: func(written) string { return "arrived_at,num_prefill_tokens,num_decode_tokens\n" },
	append: func(line []byte, r *Request, _ written) ([]byte, *mistake) {
		line = appendSeconds(line, r.Arrival)
		return appendField(appendField(line, ",", r.Input), ",", r.Output), noTurns(r)
	},
}

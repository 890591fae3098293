package workloads

import (
	"bytes"
	"strings"
)

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

// vidurMetrics is what the simulator says of each request that it simulated, which came so long after the one
// before.
var vidurMetrics = func() format {
	f := tableFormat("Vidur's request_metrics.csv",
		roleNames{roleArrival: "request_inter_arrival_delay", roleInput: "request_num_prefill_tokens",
			roleOutput: "request_num_decode_tokens"},
		func() clock { return &delays{} })
	f.about = "a result of the simulator: lengths, and seconds since the request before"
	f.source = "github.com/microsoft/vidur, vidur/metrics/constants.py"
	return f
}()

// delays are seconds since the row before; of the first none need be told.
type delays struct{ now instant }

func (d *delays) read(field []byte) (at instant, wrong, right string) {
	if text := string(bytes.TrimSpace(field)); text != "" && !strings.EqualFold(text, "nan") {
		gap, wrong, right := timeUnits["s"].read(field)
		if wrong != "" {
			return at, wrong, right
		}
		d.now.seconds += gap.seconds
		if d.now.picoseconds += gap.picoseconds; d.now.picoseconds >= second {
			d.now = instant{d.now.seconds + 1, d.now.picoseconds - second}
		}
	}
	return d.now, "", ""
}

// writeVidur writes Vidur's traces.
var writeVidur = writer{
	name: "vidur",
	head: func(written) string { return "arrived_at,num_prefill_tokens,num_decode_tokens\n" },
	append: func(line []byte, r *Request, _ written) ([]byte, *mistake) {
		line = appendSeconds(line, r.Arrival)
		return appendField(appendField(line, ",", r.Input), ",", r.Output), noTurns(r)
	},
}

package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
)

// RunDocument lays a run out for people.
func RunDocument(r *scenarios.Run) (*document.Document, error) {
	res := r.Result
	m := scenarios.Values(r.Metrics())
	d := &document.Document{Title: headline(r),
		Lead: fmt.Sprintf("%s. %s requests completed and %s failed in %s s of simulated time. Scenario %s, seed %d, roofserve %s.",
			conditions(r), grouped(float64(res.Completed)), grouped(float64(res.Failed)), briefOf(m, "duration"),
			r.Scenario.Name, r.Scenario.Workload.Seed, Version),
		Tiles: runTiles(r, m),
		Foot:  "Simulated by roofserve " + Version + ". Latencies are as vllm bench serve defines them.",
	}
	if notes := r.Notes(); len(notes) > 0 {
		d.Add("What to know before trusting the numbers", document.Block{List: notes})
	}
	if len(r.Intervals) > 0 {
		d.Add("How sure the numbers are", document.Block{Text: "Of deployments like this, nine in ten should measure values within these ranges " +
			"(roofserve help intervals).", Table: intervalTable(r)})
	}
	part, err := RunPanels(r)
	if err != nil {
		return nil, err
	}
	d.Add("Latency", document.Block{Table: latencyTable(m)}, document.Block{Figures: part["latency"]})
	if len(r.Classes) > 0 {
		d.Add("Classes of clients", document.Block{Text: "Latencies are in ms; of the limits on its requests a class asks for a share.",
			Table: classTable(r)})
	}
	d.Add("Over time", document.Block{Figures: slices.Concat(part["timeline"], part["throughput"])})
	d.Add("Memory", document.Block{Table: memoryTable(r, m)})
	if len(r.Breakdown) > 0 {
		d.Add("Where a decode step's time goes", document.Block{Figures: part["step_breakdown"]})
	}
	return d, nil
}

// RunPanels are a run's figures as single panels, by the figures' names, for pages that place and entitle
// them themselves.
func RunPanels(r *scenarios.Run) (map[string][]*figure.Figure, error) {
	figures, err := Figures(r)
	if err != nil {
		return nil, err
	}
	part := map[string][]*figure.Figure{}
	for _, f := range figures {
		width, height := vg.Length(studyWidth), vg.Length(studyHeight)
		if f.Name == "step_breakdown" {
			width, height = 1.1*studyWidth, f.Height
		}
		part[f.Name] = f.Split(width, height)
	}
	return part, nil
}

func runTiles(r *scenarios.Run, m map[string]float64) []document.Tile {
	tiles := []document.Tile{
		{Name: "time to first token", Value: briefOf(m, "median_ttft_ms") + " ms", Note: "p99 " + briefOf(m, "p99_ttft_ms") + " ms"},
		{Name: "time per output token", Value: briefOf(m, "median_tpot_ms") + " ms", Note: "p99 " + briefOf(m, "p99_tpot_ms") + " ms"},
		{Name: "output throughput", Value: briefOf(m, "output_throughput") + " tokens/s", Note: briefOf(m, "request_throughput") + " requests/s"},
		{
			Name: "running sequences", Value: briefOf(m, "concurrent_sequences.mean"),
			Note: "at most " + briefOf(m, "concurrent_sequences.max") + together(r),
		},
	}
	if r.Scenario.SLO.IsSet() {
		tiles = append(tiles, document.Tile{Name: "goodput", Value: briefOf(m, scenarios.Goodput) + " requests/s", Note: "within every limit of the SLO"})
	}
	if usd := m["price.usd_per_million_output_tokens"]; usd > 0 {
		tiles = append(tiles, document.Tile{Name: "a million output tokens", Value: "$" + brief(usd), Note: "$" + brief(m["price.usd_per_hour"]) + " an hour"})
	}
	return tiles
}

func latencyTable(m map[string]float64) *document.Table {
	t := &document.Table{Columns: []string{"latency (ms)", "mean", "p50", "p90", "p99", "max"}}
	for i := range scenarios.Latencies {
		l := &scenarios.Latencies[i]
		var row []string
		for _, statistic := range []string{"mean", "median", "p90", "p99", "max"} {
			row = append(row, briefOf(m, l.Metric(statistic)))
		}
		t.Row(document.Cell{Text: l.Row}, row...)
	}
	return t
}

func memoryTable(r *scenarios.Run, m map[string]float64) *document.Table {
	y := &r.Parts.Memory
	t := &document.Table{Columns: []string{"on each GPU", ""}}
	t.Row(document.Cell{Text: "memory"}, gigabytes(y.DeviceBytes))
	t.Row(document.Cell{Text: "weights"}, gigabytes(y.WeightBytesPerGPU))
	t.Row(document.Cell{Text: "KV cache"}, gigabytes(y.PoolBytesPerGPU))
	t.Row(document.Cell{Text: "blocks of " + fmt.Sprint(y.Layout.BlockTokens) + " tokens"}, grouped(float64(y.Blocks)))
	t.Row(document.Cell{Text: "bytes of cache for each token"}, grouped(float64(y.KVBytesPerToken)))
	t.Row(document.Cell{Text: "cache in use, mean and max"}, percentOf(m, "kv_cache_usage.mean")+", "+percentOf(m, "kv_cache_usage.max"))
	if r.Scenario.Hardware.Replicas > 1 {
		t.Row(document.Cell{Text: "of the fullest replica at most"}, percentOf(m, "replica_kv_cache_usage.max"))
	}
	t.Row(document.Cell{Text: "preemptions"}, briefOf(m, "preemptions"))
	t.Row(document.Cell{Text: "prompt tokens found in the prefix cache"}, percentOf(m, "prefix_cache.hit_rate"))
	return t
}

// intervalTable is the range of each headline number.
func intervalTable(r *scenarios.Run) *document.Table {
	t := &document.Table{Columns: []string{"", "5%", "95%"}}
	for _, i := range r.Intervals {
		for _, h := range sweepColumns() {
			if d := scenarios.Define(i.Metric); h.metric == i.Metric && i.Class == "" {
				t.Row(document.Cell{Text: d.Title + " (" + d.Unit + ")"}, brief(i.Low), brief(i.High))
			}
		}
	}
	return t
}

package main

import (
	"context"
	"strings"

	"github.com/roofserve/roofserve/internal/bench"
	"github.com/roofserve/roofserve/internal/report"
)

func benchCommand() *command {
	details := "Measures how many requests of standard loads are simulated in a second of user CPU time, and how much memory that takes.\n" +
		"--quick is over in seconds; the whole takes some minutes, the week of 44 million requests most of them."
	if known, err := bench.Names(); err == nil {
		details += "\nLoads: " + strings.Join(known, ", ") + "."
	}
	return &command{
		name:    "bench",
		usage:   "[flags]",
		summary: "measure the simulator's own speed on standard loads",
		details: details,
		examples: []string{
			"roofserve bench --quick",
			"roofserve bench --load standard --load saturated --json -",
			"roofserve bench --load mooncake --mooncake mooncake_conversation.jsonl.gz",
		},
		run: runBench,
	}
}

// versioned is a bench's figures as JSON.
type versioned struct {
	*bench.Report
	Version string `json:"version"`
}

func runBench(ctx context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	var o bench.Options
	f.Var((*list)(&o.Loads), "load", "measure only the load `NAME`; may be repeated")
	f.BoolVar(&o.Quick, "quick", false, "the short form: one small size of each load")
	f.StringVar(&o.Mooncake, "mooncake", "", "the Mooncake conversation trace, for the load that replays it: `FILE`")
	path := f.String("json", "", "write the figures as JSON to `FILE`; - for stdout, without the table")
	quiet := f.Bool("quiet", false, "print neither progress nor table")
	if done, err := f.parseNone(t, args); done || err != nil {
		return err
	}
	if err := t.claim("bench", existing(o.Mooncake), toFile("--json", *path),
		toStdout(!*quiet && *path != stdoutName)); err != nil {
		return err
	}
	const percent = 100
	bar := newProgress(t, *quiet, percent)
	o.OnProgress = func(share float64) { bar.at(int(percent * share)) }
	r, err := bench.Run(ctx, o)
	bar.finish()
	if err != nil {
		return err
	}
	if err := writeJSON(t, *path, versioned{r, report.Version}); err != nil {
		return err
	}
	if *quiet || *path == stdoutName {
		return nil
	}
	return cannotWrite("stdout", r.Table(t.out))
}

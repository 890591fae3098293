package main

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
)

func sweepCommand() *command {
	return &command{
		name:    "sweep",
		usage:   "SCENARIO [flags]",
		summary: "simulate every case of a scenario's [[sweep]] tables, on all cores",
		details: `Several sweeps make the Cartesian product. --out writes one JSON file for each case, sweep.csv with every metric,
and a plot; without it a table is printed. A case that does not fit in memory, or whose settings are wrong, is reported and
does not stop the others; what the scenario expects of it fails. Exit status 2 where a case is wrong. --shard lets several machines
share a sweep: roofserve merge joins their folders. --emit writes what starts that on a cluster: a script that submits a Slurm job
array, or the manifest of a Kubernetes Indexed Job, with the merge after it.

A sweep that was interrupted or killed goes on where it ended when it is called again: a case whose file is in DIR is not
computed anew where the scenario, the files that it names and roofserve's version are the same, and the file is younger than the
program. The results are the same bytes either way.`,
		examples: []string{
			"roofserve sweep llama-3.1-70b-precisions --out results/sweep",
			"roofserve sweep llama-3.1-70b-precisions --out shard-2 --shard 2/3",
			"roofserve sweep llama-3.1-70b-precisions --out results/sweep --emit slurm --shards 4 > sweep.sh",
			"roofserve sweep llama-3.1-70b-precisions --json - --quiet | jq .p99_tpot_ms",
			"roofserve sweep mine.toml --set 'sweep=[{key=\"workload.rate_scale\", values=[0.5, 1, 2]}]'",
		},
		run: runSweep,
	}
}

// sweepFlags are the flags of sweep.
type sweepFlags struct {
	caseOutputs
	set   list
	jobs  int
	shard string
	fresh bool
	alone bool // the cases' files, and nothing made of all of them
	// interval asks for the interval of every metric of every case.
	interval bool
	emit     emission
}

func (o *sweepFlags) register(f *flags) {
	f.Var(&o.set, "set", "change a key of the scenario: `key=value`; may be repeated")
	f.StringVar(&o.out, "out", "", "write one JSON file for each case, sweep.csv and plots into `DIR`")
	f.StringVar(&o.html, "html", "", "write a report that is whole in itself to `FILE`")
	f.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "simulate `N` cases at once")
	f.StringVar(&o.shard, "shard", "", "run only share `I/N` of the cases, as in 1/4, or in 0+1/4 where I counts from 0")
	f.StringVar(&o.json, "json", "", "write each case's result to `FILE` as one line of JSON, in order, as soon as it is there; - for stdout, without the table")
	f.StringVar(&o.parquet, "parquet", "", parquetUsage)
	f.BoolVar(&o.alone, "cases-only", false, "write the cases' files into DIR, and leave all that is made of them, verdicts too, to merge")
	f.needs("cases-only", "out")
	f.excludes("cases-only", "html", "junit", "parquet", "theme", "size", "format")
	f.StringVar(&o.junit, "junit", "", "write every case and the verdicts on its [[expect]] tables as JUnit XML to `FILE`")
	f.BoolVar(&o.fresh, "fresh", false, "compute every case anew, also where DIR holds its result already")
	f.needs("fresh", "out")
	f.BoolVar(&o.interval, "interval", false, intervalUsage)
	o.look = f.folderLook("out")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor table")
	o.emit.register(f)
}

func runSweep(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), sweepFlags{}
	o.register(f)
	name, done, err := f.parseOne(t, args, "SCENARIO")
	if done || err != nil {
		return err
	}
	if o.jobs < 1 {
		return misuse("roofserve sweep", fmt.Sprintf("--jobs %d is out of range", o.jobs), "use at least 1")
	}
	s, err := loadScenario(t, name, o.set)
	if err != nil {
		return err
	}
	cases, err := s.Cases()
	if err != nil {
		return err
	}
	if o.emit.kind != "" {
		return o.emit.write(t, f, &o, args, name, s, cases)
	}
	baselines, err := s.Baselines(ctx)
	if err != nil {
		return err
	}
	share, err := shardOf(cases, o.shard)
	if err != nil {
		return err
	}
	if err := o.claimAll(t, s.Files()); err != nil {
		return err
	}
	if len(share) == 0 && !o.quiet {
		fmt.Fprintf(t.err, "note: share %s of %d cases is empty\n", o.shard, len(cases))
	}
	work := newSweeping(s, len(cases), baselines, &o)
	if o.json != "" {
		if work.lines, err = t.openLines(o.json); err != nil {
			return err
		}
		defer work.lines.abort()
	}
	results, err := work.all(ctx, t, share)
	if err == nil {
		err = work.lines.commit()
	}
	if err != nil || len(results) == 0 {
		return err
	}
	return o.conclude(t, work, results)
}

// claimAll makes sure that the outputs can be written.
func (o *sweepFlags) claimAll(t terminal, inputs []string) error {
	if o.alone {
		return t.claim("sweep", inputs, toFile("--json", o.json), toFolder("--out", o.out, casePattern))
	}
	return o.claim(t, "sweep", inputs, casePattern)
}

// conclude writes what is made of all cases, and judges them.
func (o *sweepFlags) conclude(t terminal, work *sweeping, results []report.CaseResult) error {
	if n := work.found.Load(); n > 0 && !o.quiet {
		fmt.Fprintf(t.err, "note: %d of %d cases were there already; --fresh computes them anew\n", n, len(results))
	}
	if o.alone {
		return judgeComputed(t, results)
	}
	if err := o.deliver(t, results); err != nil {
		return err
	}
	return judgeCases(t, results)
}

// shardOf is the share I of N of the cases that text asks for; all where it is empty.
func shardOf(cases []scenarios.Case, text string) ([]scenarios.Case, error) {
	if text == "" {
		return cases, nil
	}
	left, right, _ := strings.Cut(text, "/")
	left, one := strings.CutSuffix(left, "+1")
	i, err1 := strconv.Atoi(left)
	if one {
		i++
	}
	n, err2 := strconv.Atoi(right)
	if err1 != nil || err2 != nil || i < 1 || n < i {
		return nil, misuse("roofserve sweep", fmt.Sprintf("--shard %s is no share", text), "use I/N with 1 ≤ I ≤ N, as in 1/4")
	}
	return scenarios.Shard(cases, i, n), nil
}

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
)

func mergeCommand() *command {
	return &command{
		name:    "merge",
		usage:   "DIR... [flags]",
		summary: "join the folders of a sweep's shards into one table and plot",
		details: "Exit status 1 where an [[expect]] failed in one of the cases and 2 where one is wrong, as sweep reported it.",
		examples: []string{
			"roofserve merge shard-1 shard-2 shard-3 --out results/sweep",
			"roofserve merge results/sweep",
		},
		run: runMerge,
	}
}

func runMerge(_ context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	o := caseOutputs{look: f.folderLook("out")}
	f.StringVar(&o.out, "out", "", "write sweep.csv and plots into `DIR`")
	f.StringVar(&o.html, "html", "", "write a report that is whole in itself to `FILE`")
	f.StringVar(&o.junit, "junit", "", "write every case and the verdicts on its [[expect]] tables as JUnit XML to `FILE`")
	f.StringVar(&o.parquet, "parquet", "", parquetUsage)
	complete := f.Bool("complete", false, "refuse folders in which cases of the sweep are missing, as a job that follows others must")
	f.BoolVar(&o.quiet, "quiet", false, "print no table")
	folders, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	if len(folders) == 0 {
		return f.misuse("DIR is missing")
	}
	cases, inputs, err := readCases(folders)
	if err != nil {
		return err
	}
	if missing := cases[0].Of - len(cases); missing > 0 {
		if *complete {
			return &fault.Error{File: folders[0], Wrong: fmt.Sprintf("%d of the sweep's %d cases are missing", missing, cases[0].Of),
				Right: "call the same sweep again: it computes what is missing"}
		}
		fmt.Fprintf(t.err, "note: %d of %d cases are missing\n", missing, cases[0].Of)
	}
	if err := o.claim(t, "merge", inputs); err != nil {
		return err
	}
	if err := o.deliver(t, cases); err != nil {
		return err
	}
	return judgeCases(t, cases)
}

// readCases reads the cases of all folders, in order, and says from which files. A case that appears twice is
// an error.
func readCases(folders []string) (cases []report.CaseResult, from []string, err error) {
	origin := map[int]string{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(escaped(folder), casePattern))
		if err != nil || len(files) == 0 && !isEmpty(folder) {
			return nil, nil, noCases(folder)
		}
		for _, file := range files {
			data, err := bounded.ReadFile(file, bounded.Result)
			if err != nil {
				return nil, nil, &fault.Error{File: file, Wrong: "cannot be read: " + err.Error(), Right: "name folders that roofserve sweep --out wrote", Err: err}
			}
			c, err := report.ReadCase(file, data)
			if err != nil {
				return nil, nil, &fault.Error{File: file, Wrong: err.Error(), Right: "name folders that roofserve sweep --out wrote"}
			}
			if len(cases) > 0 {
				if err := sameSweep(&cases[0], &c, from[0], file); err != nil {
					return nil, nil, err
				}
			}
			if other, twice := origin[c.Index]; twice {
				return nil, nil, &fault.Error{File: file, Wrong: fmt.Sprintf("is case %d, and so is %s", c.Index, other), Right: "merge the shards of one sweep"}
			}
			origin[c.Index] = file
			cases, from = append(cases, c), append(from, file)
		}
	}
	if len(cases) == 0 {
		return nil, nil, noCases(folders[0])
	}
	slices.SortFunc(cases, func(a, b report.CaseResult) int { return cmp.Compare(a.Index, b.Index) })
	return cases, from, nil
}

// sameSweep is an error where two cases, of these files, are not of one sweep by one version of the program.
// Where the scenario names a pipe, its content is not compared, but its name, its cases' number and their
// keys are.
func sameSweep(a, b *report.CaseResult, one, other string) error {
	switch {
	case a.Version != b.Version:
		return &fault.Error{File: other, Wrong: fmt.Sprintf("was computed by roofserve %s, and %s by %s", b.Version, one, a.Version),
			Right: "compute all shards with one version"}
	case a.Sweep != b.Sweep, filepath.Base(a.Scenario) != filepath.Base(b.Scenario), a.Of != b.Of,
		!slices.EqualFunc(a.Settings, b.Settings, func(x, y scenarios.Setting) bool { return x.Key == y.Key }):
		return &fault.Error{File: other, Wrong: "is of another sweep than " + one,
			Right: "merge the shards of one sweep of the same scenario and files"}
	}
	return nil
}

// isEmpty tells whether a folder is there and holds nothing, as a share does where shares are more than
// cases.
func isEmpty(folder string) bool {
	entries, err := os.ReadDir(folder)
	return err == nil && len(entries) == 0
}

func noCases(folder string) error {
	return &fault.Error{File: folder, Wrong: "holds no case-*.json", Right: "name a folder that roofserve sweep --out wrote"}
}

// parquetUsage says what --parquet does.
const parquetUsage = "write the settings and every metric of each case as a Parquet table to `FILE`"

// casePattern is what the files of a sweep's cases are called.
const casePattern = "case-*.json"

// claim makes sure that the outputs can be written; writes are files of the folder beside those of the table
// and the figure.
func (o *caseOutputs) claim(t terminal, command string, inputs []string, writes ...string) error {
	return t.claim(command, inputs, toFile("--json", o.json), toFile("--html", o.html), toFile("--junit", o.junit),
		toFile("--parquet", o.parquet), toStdout(o.prints()),
		toFolder("--out", o.out, append(figureFiles(o.look, "sweep"), writes...)...))
}

// prints tells whether the table is printed: not where stdout is taken.
func (o *caseOutputs) prints() bool {
	return !o.quiet && !slices.Contains([]string{o.json, o.html, o.junit, o.parquet}, stdoutName)
}

// caseOutputs say where a sweep's results go.
type caseOutputs struct {
	out, html string
	junit     string
	json      string // a line for each case, of sweep alone
	parquet   string
	look      *figure.Look
	quiet     bool
}

// deliver writes sweep.csv and a plot into the folder, a report, and a table to the terminal.
func (o *caseOutputs) deliver(t terminal, cases []report.CaseResult) error {
	if o.out != "" || o.html != "" {
		if err := o.draw(t, cases); err != nil {
			return err
		}
	}
	err := t.writeTo(o.parquet, func(w io.Writer) error { return report.WriteCasesParquet(w, cases) })
	if err != nil {
		return err
	}
	err = t.writeTo(o.junit, func(w io.Writer) error { return report.WriteCasesJUnit(w, cases) })
	if err != nil || !o.prints() {
		return err
	}
	return cannotWrite("stdout", report.WriteCases(t.out, cases))
}

// draw writes what has a figure of the cases: the folder, and the report.
func (o *caseOutputs) draw(t terminal, cases []report.CaseResult) error {
	drawing, err := report.SweepFigure(cases)
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := o.save(cases, drawing); err != nil {
			return err
		}
	}
	if o.html == "" {
		return nil
	}
	return t.writeTo(o.html, report.SweepDocument(cases, drawing).WriteHTML)
}

// save writes the table of all metrics, and the figure where there is something to draw.
func (o *caseOutputs) save(cases []report.CaseResult, drawing *figure.Figure) error {
	if drawing != nil {
		return savePlots(o.out, o.look, drawing)
	}
	table := report.CasesTable(cases)
	path := filepath.Join(o.out, "sweep.csv")
	return cannotWrite(path, atomicfile.Write(path, table.WriteCSV))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fidelity/operators"
	"github.com/roofserve/roofserve/sim/cost/calibrate"
)

func calibrateCommand() *command {
	return &command{
		name:    "calibrate",
		usage:   "--silicon DIR --out DIR [flags]",
		summary: "fit the laws of kernels to measured operators, and report how right they are",
		details: `DIR of --silicon holds measured operators as gzipped CSV files, such as h100_gemm.csv.gz; families without a file are left
out. Of each device and engine, DEVICE/ENGINE.toml is written below --out, with every parameter's value, unit and standard error,
and the report beside them: errors on held-out groups of shapes next to the bare roofline's, what was dropped and why, and
residuals as plots and tables. The same files give the same bytes. It takes a few minutes.

The calibration that roofserve was built with stays in use until it is built again.`,
		examples: []string{
			"roofserve calibrate --silicon measured --out fitted",
			"roofserve calibrate --silicon ../shared/silicon --out sim/cost/calibration --report results/fidelity/operators",
		},
		run: calibrateKernels,
	}
}

func calibrateKernels(ctx context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	silicon := f.String("silicon", "", "measured operators are in `DIR`")
	out := f.String("out", "", "write DEVICE/ENGINE.toml below `DIR`")
	page := f.String("report", "", "write the report into `DIR`, rather than into the folder report of --out")
	look := f.folderLook()
	quiet := f.Bool("quiet", false, "print neither progress nor tables")
	if done, err := f.parseNone(t, args); done || err != nil {
		return err
	}
	switch {
	case *silicon == "":
		return f.misuse("--silicon is missing")
	case *out == "":
		return f.misuse("--out is missing")
	}
	if *page == "" {
		*page = filepath.Join(*out, "report")
	}
	problems, err := unlessInterrupted(ctx, func() ([]*calibrate.Problem,
		error) {
		return readKernels(*silicon)
	})
	if err != nil {
		return err
	}
	inputs, err := filepath.Glob(filepath.Join(escaped(*silicon), "*"))
	if err != nil {
		return err
	}
	err = t.claim("calibrate", existing(inputs...), toStdout(!*quiet), toFolder("--out", *out, "*/*.toml"),
		toFolder("--report", *page, append(figureFiles(look, "*"), "README.md")...))
	if err != nil {
		return err
	}
	bar := newProgress(t, *quiet, len(problems))
	fits, err := unlessInterrupted(ctx, func() ([]*calibrate.Fit, error) {
		return calibrate.Solve(ctx, problems, func(*calibrate.Fit) { bar.add() })
	})
	bar.finish()
	if err != nil {
		return err
	}
	if err := writeCalibration(t, *out, fits); err != nil {
		return err
	}
	if err := operators.Save(*page, *look, fits); err != nil {
		return cannotWrite(*page, err)
	}
	if *quiet {
		return nil
	}
	return cannotWrite("stdout", writeFamilies(t.out, fits))
}

// readKernels reads every law that the files of a folder tell.
func readKernels(silicon string) ([]*calibrate.Problem, error) {
	if !isFolder(silicon) {
		return nil, misuse("--silicon "+silicon, "is no folder", "name one that holds measured operators, such as h100_gemm.csv.gz")
	}
	problems, err := calibrate.Read(os.DirFS(silicon))
	if mistake := (*fault.Error)(nil); errors.As(err, &mistake) {
		mistake.File = filepath.Join(silicon, mistake.File)
	}
	if err != nil {
		return nil, err
	}
	if len(problems) == 0 {
		return nil, misuse("--silicon "+silicon, "holds no measured operators", "files are named such as h100_gemm.csv.gz")
	}
	return problems, nil
}

func writeCalibration(t terminal, out string, fits []*calibrate.Fit) error {
	files, err := calibrate.Files(fits)
	if err != nil {
		return err
	}
	for _, file := range files {
		path := filepath.Join(out, filepath.FromSlash(file.Path))
		if err := cannotWrite(path, t.makeFolder(filepath.Dir(path))); err != nil {
			return err
		}
		if err := cannotWrite(path, atomicfile.WriteBytes(path, file.Content)); err != nil {
			return err
		}
	}
	return nil
}

// writeFamilies prints a line for each family.
func writeFamilies(w io.Writer, fits []*calibrate.Fit) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "errors (%) on held-out groups\tlaws\trows\tparameters\tmedian\tp90\tworst law's median\troofline\t")
	for _, s := range operators.Families(fits) {
		fmt.Fprintf(tab, "%s\t%d\t%d\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t\n", s.Name, s.Laws, s.Rows, s.Parameters,
			100*s.Median, 100*s.P90, 100*s.Worst, 100*s.Roofline)
	}
	return tab.Flush()
}

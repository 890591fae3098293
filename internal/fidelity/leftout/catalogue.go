package leftout

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/engines"
)

// Catalogue are the files of a folder like sim/engines that hold constants.
func Catalogue() []string {
	list := []string{doubtFile, "serving.toml"}
	for _, c := range Constants {
		if name := c.file(); name != list[len(list)-1] {
			list = append(list, name)
		}
	}
	return list
}

// file is the one that holds the constant, below the engines' folder.
func (c *Constant) file() string {
	if c.Engine == "" {
		return "serving.toml"
	}
	return filepath.Join("profiles", c.Engine+".toml")
}

// WriteCatalogue writes the fit to all rows into the engines' files below a folder, each number in the place
// of the one that stands there.
func (e *Evaluation) WriteCatalogue(dir string) error {
	text := map[string]string{doubtFile: doubtText(e.Doubt)}
	for _, name := range Catalogue()[1:] {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		text[name] = string(data)
	}
	for i := range Constants {
		c := &Constants[i]
		changed, err := c.written(text[c.file()], e.All.Values[i])
		if err != nil {
			return err
		}
		text[c.file()] = changed
	}
	for _, name := range Catalogue() {
		if err := atomicfile.WriteBytes(filepath.Join(dir, name), []byte(text[name])); err != nil {
			return err
		}
	}
	return nil
}

// written is a file's text with another value of the constant, in three digits.
func (c *Constant) written(text string, value float64) (string, error) {
	head, table := "", text
	if c.Engine != "" { // the first table of the engine's own overhead
		at := strings.Index(text, "\n[overhead]")
		head, table = text[:max(at, 0)], text[max(at, 0):]
	}
	line := regexp.MustCompile(`(?m)^` + c.Name + ` = [0-9.e+-]+`)
	place := line.FindStringIndex(table)
	if place == nil {
		return "", &fault.Error{File: c.file(), Key: c.Name, Wrong: "is missing", Right: "give it a value to be replaced"}
	}
	rounded, _ := strconv.ParseFloat(fmt.Sprintf("%.3g", value), 64)
	number := strconv.FormatFloat(rounded, 'f', -1, 64)
	if !strings.Contains(number, ".") {
		number += ".0"
	}
	return head + table[:place[0]] + c.Name + " = " + number + table[place[1]:], nil
}

// doubtFile says how far predictions lie from measurements.
const doubtFile = "doubt.toml"

// doubtText is the file of a Doubt.
func doubtText(d *engines.Doubt) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# How far predictions lie from deployments that nobody had seen, as standard deviations of logarithms. Written by roofserve validate --leave-out
# --catalogue; results/fidelity/leftout says how it was found, docs/explanation/intervals.md what it means.
source = %q
unseen = %.4g # in squares beside a cell's effect: these cells were in view when laws were chosen
drift = %.4g # that measured versions of an engine's kernels lie apart
drifted = %.4g # share of cells of a version that was not measured

[wider] # times a cell's effect, where no row was measured of
engine = %.4g # the engine
format = %.4g # a format of the weights, with the engine
mixer = %.4g # a kind of mixer, with the engine
`, d.Source, d.Unseen, d.Drift, d.Drifted, d.Wider.Engine, d.Wider.Format, d.Wider.Mixer)
	for _, t := range []struct {
		name, of string
		effect   *engines.Effect
	}{{"tpot", "mean TPOTs", &d.TPOT}, {"ttft", "mean TTFTs of spread lengths", &d.TTFT}, {"e2e", "mean end-to-end times", &d.E2E}} {
		x := t.effect
		fmt.Fprintf(&b, `
[%s] # %s
cells = %d
cell = %.4g # between cells, left out
residual = %.4g # between rows of a cell
laws = %.4g # what the kernels' laws in these cells are known to be off by
quantile = %.4g # Student's t at 95%%, with a degree of freedom less than there are cells
`, t.name, t.of, x.Cells, x.Cell, x.Residual, x.Laws, x.Quantile)
	}
	for _, s := range d.Seen {
		fmt.Fprintf(&b, "\n[[seen]]\nengine = %q\nformats = [%s]\nmixers = [%s]\n", s.Engine, quoted(s.Formats), quoted(s.Mixers))
	}
	return b.String()
}

func quoted(list []string) string {
	texts := make([]string, len(list))
	for i, name := range list {
		texts[i] = strconv.Quote(name)
	}
	return strings.Join(texts, ", ")
}

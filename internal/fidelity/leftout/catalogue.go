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
)

// Catalogue are the files of a folder like sim/engines that hold constants.
func Catalogue() []string {
	list := []string{"serving.toml"}
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
	text := map[string]string{}
	for _, name := range Catalogue() {
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

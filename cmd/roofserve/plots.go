package main

import (
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// themeFlag is the value of a --theme flag.
type themeFlag struct{ figure.Theme }

// Set reads the theme's name.
func (t *themeFlag) Set(name string) (err error) {
	t.Theme, err = figure.ParseTheme(name)
	return err
}

// theme registers --theme for a verb that draws what the flags named ask for; always where there are none.
func (f *flags) theme(drawing ...string) *themeFlag {
	t := &themeFlag{}
	f.Var(t, "theme", "draw plots `light|dark`")
	if len(drawing) > 0 {
		f.needs("theme", drawing...)
	}
	return t
}

// checkPlot finds out whether the name of a plot's file says its format; an empty one asks for none.
func checkPlot(path string) error {
	if path == "" {
		return nil
	}
	if _, err := figure.FormatOf(path); err != nil {
		return misuse("--plot "+path, "has an unknown kind of image", "use a name that ends in .png, .svg or .pdf")
	}
	return nil
}

// savePlots draws figures into a folder, each with its data beside it.
func savePlots(dir string, theme figure.Theme, figures ...*figure.Figure) error {
	for _, f := range figures {
		f.Theme = theme
		if err := f.Save(dir); err != nil {
			return cannotWrite(dir, err)
		}
	}
	return nil
}

// savePlotsAs writes the first figure as the image that a --plot flag names and each other one beside it, its
// own name added to the file's.
func savePlotsAs(path string, theme figure.Theme, figures ...*figure.Figure) error {
	extension := filepath.Ext(path)
	for i, f := range figures {
		file := path
		if i > 0 {
			file = strings.TrimSuffix(path, extension) + "-" + f.Name + extension
		}
		f.Theme = theme
		if err := f.SaveAs(file); err != nil {
			return cannotWrite(file, err)
		}
	}
	return nil
}

package main

import (
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// read is the value of a flag whose text is kept, for others to be called with.
type read struct {
	text string
	set  func(text string) error
}

// Set implements flag.Value.
func (r *read) Set(text string) error {
	r.text = text
	return r.set(text)
}

// String implements flag.Value.
func (r *read) String() string { return r.text }

// look registers --theme and --size for a verb that draws what the flags named ask for; always where there
// are none.
func (f *flags) look(drawing ...string) *figure.Look {
	look := &figure.Look{}
	f.Var(&read{look.Theme.String(), look.SetTheme}, "theme", "draw plots `light|dark`")
	f.Var(&read{"", look.SetSize}, "size", "draw plots `WIDTHxHEIGHT`: in points as in 900x500, or 17x9cm, 170x90mm, 6.5x4in")
	if len(drawing) > 0 {
		f.needs("theme", drawing...)
		f.needs("size", drawing...)
	}
	return look
}

// folderLook registers the flags of look for a verb that draws into a folder, and --format.
func (f *flags) folderLook(drawing ...string) *figure.Look {
	look := f.look(drawing...)
	f.Var(&read{"", look.SetFormats}, "format", "write plots as `FORMATS` of png, svg and pdf, with commas between; all where left out")
	if len(drawing) > 0 {
		f.needs("format", drawing...)
	}
	return look
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
func savePlots(dir string, look *figure.Look, figures ...*figure.Figure) error {
	for _, f := range figures {
		if err := f.Save(dir, *look); err != nil {
			return cannotWrite(dir, err)
		}
	}
	return nil
}

// savePlotsAs writes the first figure as the image that a --plot flag names and each other one beside it, its
// own name added to the file's.
func savePlotsAs(path string, look *figure.Look, figures ...*figure.Figure) error {
	extension := filepath.Ext(path)
	for i, f := range figures {
		file := path
		if i > 0 {
			file = strings.TrimSuffix(path, extension) + "-" + f.Name + extension
		}
		if err := f.SaveAs(file, *look); err != nil {
			return cannotWrite(file, err)
		}
	}
	return nil
}

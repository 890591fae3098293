package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// stdoutName is what a flag takes for stdout instead of a file.
const stdoutName = "-"

// destination is a file or a folder that a flag asks for; none where path is empty.
type destination struct {
	flag, path string
	// writes are what the command writes into the folder: names, or patterns as path.Match reads them. Nil for a
	// file.
	writes []string
}

// toFile is the file that a flag names.
func toFile(flag, path string) destination { return destination{flag: flag, path: path} }

// toFolder is the folder that a flag names, and what the command writes there.
func toFolder(flag, path string, writes ...string) destination {
	return destination{flag: flag, path: path, writes: append([]string{}, writes...)}
}

// toStdout is what a command prints beside the files that flags ask for.
func toStdout(prints bool) destination {
	if !prints {
		return destination{}
	}
	return destination{flag: "stdout", path: stdoutName}
}

// toPlot are the image that a flag names, its data, and figures with their data beside it.
func toPlot(flag, path string, others ...string) []destination {
	if path == "" {
		return nil
	}
	extension := filepath.Ext(path)
	stem := strings.TrimSuffix(path, extension)
	list := []destination{toFile(flag, path), toFile(flag, stem+".csv")}
	for _, name := range others {
		list = append(list, toFile(flag, stem+"-"+name+extension), toFile(flag, stem+"-"+name+".csv"))
	}
	return list
}

// figureFiles are the names of the files that figures are saved as in a folder.
func figureFiles(look *figure.Look, names ...string) []string {
	var files []string
	for _, name := range names {
		for _, ending := range look.Endings() {
			files = append(files, name+ending)
		}
	}
	return files
}

// claim makes sure before long work that a command's outputs can be written: no two of them are one file,
// none is an input, and all can be created. It makes the folders.
func (t terminal) claim(command string, inputs []string, outputs ...destination) error {
	l := ledger{who: "roofserve " + command, stdout: t.out}
	for _, input := range inputs {
		l.inputs = append(l.inputs, placeOf(input))
	}
	for _, o := range outputs {
		if o.path == "" {
			continue
		}
		if err := l.add(o); err != nil {
			return err
		}
	}
	for _, o := range outputs {
		if err := t.prepare(o); err != nil {
			return err
		}
	}
	return nil
}

// prepare finds out whether an output can be written, and makes it where it is a folder.
func (t terminal) prepare(o destination) error {
	switch {
	case o.path == "" || o.path == stdoutName && o.writes == nil:
		return nil
	case o.writes == nil:
		return cannotWrite(o.path, atomicfile.Check(o.path))
	}
	if err := t.makeFolder(o.path); err != nil {
		return cannotWrite(o.path, err)
	}
	if err := atomicfile.CheckFolder(o.path); err != nil {
		return cannotWrite(o.path, err)
	}
	// What is there already and no plain file may keep a file of that name from being written.
	for _, there := range written(o) {
		if info, err := os.Lstat(there); err == nil && !info.Mode().IsRegular() {
			if err := atomicfile.Check(there); err != nil {
				return cannotWrite(there, err)
			}
		}
	}
	return nil
}

// makeFolder makes a folder and those above it, and remembers them.
func (t terminal) makeFolder(path string) error {
	var missing []string
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			break
		}
		missing = append(missing, dir)
	}
	*t.made = append(missing, *t.made...) // inner ones first
	return os.MkdirAll(path, 0o777)
}

// removeEmpty removes the folders that a command made and then, as it failed, wrote nothing into.
func (t terminal) removeEmpty() {
	for _, dir := range *t.made {
		os.Remove(dir) // not where it holds something
	}
}

// written are the paths of a folder that the command will write and that are there already.
func written(o destination) []string {
	var list []string
	for _, pattern := range o.writes {
		found, err := filepath.Glob(filepath.Join(escaped(o.path), filepath.FromSlash(pattern)))
		if err != nil {
			panic(err) // patterns are ours
		}
		list = append(list, found...)
	}
	return list
}

// escaped is a folder's name as a pattern that matches nothing else.
func escaped(dir string) string {
	if os.PathSeparator == '\\' {
		return dir // where a backslash cannot escape
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// existing are those of some names that are files, as a model is either one of the catalogue or a file, with
// changes after a +.
func existing(names ...string) []string {
	var list []string
	for _, name := range names {
		before, _, _ := strings.Cut(name, "+")
		for _, path := range []string{name, before} {
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				list = append(list, path)
			}
		}
	}
	return list
}

// writeTo writes a file whole, or stdout.
func (t terminal) writeTo(path string, content func(io.Writer) error) error {
	switch path {
	case "":
		return nil
	case stdoutName:
		return cannotWrite("stdout", content(t.out))
	default:
		return cannotWrite(path, atomicfile.Write(path, content))
	}
}

// isNull tells whether a file is the null device, which any number of outputs may name.
func isNull(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(null, info)
}

// label names an output in messages.
func (o destination) label() string {
	if o.flag == "stdout" {
		return o.flag
	}
	return fmt.Sprintf("%s %s", o.flag, o.path)
}

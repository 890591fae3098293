package article

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
)

// Folder is a reader's own claims.
type Folder struct {
	Dir      string
	Sections []claims.Section // by the files' names
	Systems  []System
	Files    []string // that were read
}

// ReadFolder reads claims from a folder: every .toml file in it is a section, but systems.toml, which says
// what deployments formulas name. Names of models' files start there, in a folder below, such as
// models/mine.toml.
func ReadFolder(dir string) (*Folder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &fault.Error{File: dir, Wrong: "cannot be read: " + err.Error(),
			Right: "name a folder of claims", Err: err}
	}
	f := &Folder{Dir: dir}
	for _, entry := range entries {
		if entry.IsDir() || filepath.Ext(entry.Name()) != ".toml" {
			continue
		}
		if err := f.read(filepath.Join(dir, entry.Name())); err != nil {
			return nil, err
		}
	}
	if len(f.Sections) == 0 {
		return nil, &fault.Error{File: dir, Wrong: "holds no claims",
			Right: "write them into .toml files there; roofserve help claims says how"}
	}
	return f, nil
}

func (f *Folder) read(path string) error {
	data, err := bounded.ReadFile(path, bounded.TOML)
	if err != nil {
		return &fault.Error{File: path, Wrong: "cannot be read: " + err.Error(), Err: err}
	}
	f.Files = append(f.Files, path)
	if filepath.Base(path) == systemsName {
		f.Systems, err = readSystems(path, data)
		return err
	}
	s, err := claims.Parse(path, data)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(f.Sections, func(o claims.Section) bool { return o.Name == s.Name }) || s.Name == "index" {
		return &fault.Error{File: path, Wrong: fmt.Sprintf("its page, %s.md, is another's", s.Name),
			Right: "give it another name"}
	}
	f.Sections = append(f.Sections, s)
	return nil
}

// Lab computes the claims of the folder. Its systems go before the article's of the same name.
func (f *Folder) Lab(ctx context.Context) (*Lab, error) {
	l, err := NewLab(ctx)
	if err != nil {
		return nil, err
	}
	l.systems, l.folder = append(slices.Clone(f.Systems), l.systems...), f.Dir
	return l, nil
}

// Cover says where the folder's claims are from.
func (f *Folder) Cover() Cover {
	name := filepath.Base(filepath.Clean(f.Dir))
	return Cover{Title: "The claims in " + name + ", checked", By: "`roofserve article --claims`, from the claims in " + name}
}

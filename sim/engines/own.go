package engines

import (
	"cmp"
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
)

// load reads a user's own profile, which has the keys of the catalogue's files. Without a name it is called
// as its file is.
func load(file string) (*Profile, error) {
	data, err := bounded.ReadFile(file, bounded.TOML)
	if err != nil {
		return nil, &fault.Error{File: file, Wrong: "cannot be read: " + err.Error(),
			Right: "name an engine's file, or one of " + strings.Join(Names(), ", "), Err: err}
	}
	p, err := parse(file, data)
	if err != nil {
		return nil, err
	}
	p.Name = cmp.Or(p.Name, strings.TrimSuffix(filepath.Base(file), ".toml"))
	p.Title = cmp.Or(p.Title, p.Name)
	return p, nil
}

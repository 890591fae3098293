package cluster

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
)

// Carry reads the files that a scenario names for a manifest, by their paths seen from the scenario's folder.
// What lies elsewhere is left to the pods if its path is absolute, and is an error if it is not.
func Carry(folder string, files []string) ([]Carried, error) {
	root, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	var list []Carried
	for _, file := range files {
		whole, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		inner, err := filepath.Rel(root, whole)
		if err != nil || inner == ".." || strings.HasPrefix(inner, ".."+string(filepath.Separator)) {
			if filepath.IsAbs(file) {
				continue
			}
			return nil, &fault.Error{File: file, Wrong: "lies outside the scenario's folder, which a manifest carries",
				Right: "move it there, or name it by an absolute path, at which the image or the volume has it"}
		}
		text, err := bounded.ReadFile(file, maxCarried)
		if err != nil {
			return nil, &fault.Error{File: file, Wrong: fmt.Sprintf("cannot be carried to the pods: %v", err),
				Right: elsewhere, Err: err}
		}
		list = append(list, Carried{filepath.ToSlash(inner), text})
	}
	return list, nil
}

// elsewhere is what to do with files that a manifest cannot carry.
const elsewhere = "put large files outside the scenario's folder, and name them by absolute paths, " +
	"at which the image or the volume has them"

package pages

import (
	"io"
	"os"
	"path/filepath"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/exhibits"
	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// Save writes every page, and every figure as it should look, into a folder. What is judged leads to the
// playground at an address, unless that is empty.
func Save(dir string, look figure.Look, address string, j *article.Judgement,
	shown []exhibits.Exhibit) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	drawn := look.Shown(figure.SVG)
	page, err := newPlayground(address, j.Systems)
	if err != nil {
		return err
	}
	err = atomicfile.Write(filepath.Join(dir, "index.md"), func(w io.Writer) error {
		return writeIndex(w, j, shown, drawn)
	})
	if err != nil {
		return err
	}
	for i := range j.Sections {
		s := &j.Sections[i]
		err := atomicfile.Write(filepath.Join(dir, s.Name+".md"), func(w io.Writer) error {
			return writeSection(w, j, s, exhibits.Of(shown, s.Name), page, drawn)
		})
		if err != nil {
			return err
		}
	}
	for _, e := range shown {
		if e.Figure == nil {
			continue
		}
		if err := e.Figure.Save(dir, look); err != nil {
			return err
		}
	}
	return nil
}

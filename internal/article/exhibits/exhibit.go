package exhibits

import (
	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// Exhibit is one study.
type Exhibit struct {
	Section     string // of the article, by its page's name
	Title, Text string // Markdown
	Table       figure.Table
	Figure      *figure.Figure // nil: none
}

// Maker runs a study.
type Maker func(*article.Lab) (*Exhibit, error)

// All lists the studies in the order of the article.
func All() []Maker {
	return []Maker{balance, routing, languages, sinks, training, cache, longContext, bounds, needs, vendors,
		systems, quality, concurrency}
}

// Of lists the exhibits of a section.
func Of(all []Exhibit, section string) []Exhibit {
	var of []Exhibit
	for _, e := range all {
		if e.Section == section {
			of = append(of, e)
		}
	}
	return of
}

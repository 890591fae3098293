package figure

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Format is a kind of image file, named as its ending.
type Format string

// The formats.
const (
	PNG Format = "png"
	SVG Format = "svg"
	PDF Format = "pdf"
)

// formats are all that there are.
var formats = []Format{PNG, SVG, PDF}

// FormatOf is the format that a file's name asks for.
func FormatOf(path string) (Format, error) {
	ending := Format(strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
	if slices.Contains(formats, ending) {
		return ending, nil
	}
	return "", fmt.Errorf("%s has an unknown kind of image; use a name that ends in .png, .svg or .pdf", path)
}

package workloads

// Format is a kind of trace that Open recognises by its content.
type Format struct {
	Name   string // for people
	About  string // what it takes and how
	Source string // where it is described
}

// Formats are all kinds of trace, in the order in which they are tried. Open also takes the results of
// benchmarks, which package results lists.
func Formats() []Format {
	var list []Format
	for _, f := range append(formats(), populationFormat, serveGenFormat) {
		list = append(list, Format{f.name, f.about, f.source})
	}
	return list
}

// Recognised is the name of the format for which the file of a source was taken; "" of a source that is not
// of Open.
func Recognised(s Source) string {
	if c, is := s.(core); is {
		return c.recognised()
	}
	return ""
}

func (t *trace) recognised() string { return t.format.name }

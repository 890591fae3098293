package workloads

import (
	"bytes"
	"unique"
)

// ClassName is the name of the class of clients that a request comes from, or of none. Requests of one class
// share it, so that it is as small as a number and tells classes of any source apart.
type ClassName struct{ handle unique.Handle[string] }

// ClassNamed is the class of a name; none where that is empty.
func ClassNamed(name string) ClassName {
	if name == "" {
		return ClassName{}
	}
	return ClassName{unique.Make(name)}
}

// String is the name, empty for none.
func (c ClassName) String() string {
	if c == (ClassName{}) {
		return ""
	}
	return c.handle.Value()
}

// Equal tells whether two classes are one.
func (c ClassName) Equal(o ClassName) bool { return c == o }

// classOf is the class that a field of a trace names.
func classOf(field []byte) ClassName { return ClassNamed(string(bytes.TrimSpace(field))) }

package report

import (
	"bytes"
	"encoding/json"
	"io"
)

// object is a JSON object whose keys keep their order.
type object []field

type field struct {
	key   string
	value any
}

// set appends a key; a dotted one goes into the nested object of that name.
func (o *object) set(key string, value any) { *o = append(*o, field{key, value}) }

// in is the nested object of that name, made where it is new.
func (o *object) in(name string) *object {
	for _, f := range *o {
		if inner, ok := f.value.(*object); ok && f.key == name {
			return inner
		}
	}
	inner := &object{}
	o.set(name, inner)
	return inner
}

// MarshalJSON writes the keys in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := o.write(&b)
	return b.Bytes(), err
}

// write appends the object, and objects in it, as JSON.
func (o object) write(b *bytes.Buffer) error {
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := write(b, f.key); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := write(b, f.value); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// write appends any value as JSON without escaping for HTML. Objects are written into the same buffer, since
// encoding/json checks and copies what they marshal to at each level.
func write(b *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case *object:
		return v.write(b)
	case object:
		return v.write(b)
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the line end
	return nil
}

// marshal is json.Marshal without escaping for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	err := write(&b, v)
	return b.Bytes(), err
}

// WriteJSON writes any value as indented JSON with a line end.
func WriteJSON(w io.Writer, v any) error {
	compact, err := marshal(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

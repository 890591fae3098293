package compare

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// MarshalJSON writes null for what was not measured.
func (e Entry) MarshalJSON() ([]byte, error) { return marshalWithNulls(e) }

// MarshalJSON writes null for what was not measured.
func (o Outcome) MarshalJSON() ([]byte, error) { return marshalWithNulls(o) }

// MarshalJSON writes null for what was not measured.
func (p ContextPoint) MarshalJSON() ([]byte, error) { return marshalWithNulls(p) }

// MarshalJSON writes null for what was not measured.
func (l Lever) MarshalJSON() ([]byte, error) { return marshalWithNulls(l) }

// MarshalJSON writes null for what was not measured.
func (p RulePlan) MarshalJSON() ([]byte, error) { return marshalWithNulls(p) }

// marshalWithNulls writes a struct's fields in order, and null for those that are 0 and have the tag
// zero:"null": statistics of nothing.
func marshalWithNulls(of any) ([]byte, error) {
	v := reflect.ValueOf(of)
	var b bytes.Buffer
	for i := range v.NumField() {
		field, separator := v.Type().Field(i), byte(',')
		if i == 0 {
			separator = '{'
		}
		if field.Tag.Get("json") == "-" {
			continue
		}
		value := v.Field(i).Interface()
		if v.Field(i).IsZero() && field.Tag.Get("zero") == "null" {
			value = nil
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		b.WriteByte(separator)
		b.WriteString(`"` + field.Tag.Get("json") + `":`)
		b.Write(text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/roofserve/roofserve/scenarios"
)

// writable is a setting's value in JSON, which has no infinite numbers: a case whose setting is one is
// invalid, and says which.
func writable(value any) any {
	switch v := value.(type) {
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return fmt.Sprint(v)
		}
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = writable(element)
		}
		return list
	case map[string]any:
		table := make(map[string]any, len(v))
		for key, element := range v {
			table[key] = writable(element)
		}
		return table
	}
	return value
}

// readSettings reads an object and keeps the order of its keys.
func readSettings(data []byte) ([]scenarios.Setting, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("the case's settings are no object")
	}
	var settings []scenarios.Setting
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		settings = append(settings, scenarios.Setting{Key: fmt.Sprint(key), Value: typed(value)})
	}
	return settings, nil
}

// typed gives numbers the types that they have in a scenario: whole ones are int64, others float64.
func typed(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return whole
		}
		number, _ := v.Float64()
		return number
	case []any:
		for i := range v {
			v[i] = typed(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = typed(v[key])
		}
	}
	return value
}

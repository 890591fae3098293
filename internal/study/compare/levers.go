package compare

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/scenarios"
)

// levers halves and doubles every number of the architecture's document in turn, as [model.override] would,
// and measures the time per output token of the batch at a context. Strongest first; fields that move nothing
// are left out.
func (c *candidate) levers(p Placement, context int) (base float64, list []Lever, err error) {
	fields, titles, err := c.fields()
	if err != nil {
		return 0, nil, err
	}
	if base, err = c.varied(p, context, "", 0); err != nil || base == 0 {
		return 0, nil, err
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		lever := Lever{Field: field, Title: cmp.Or(titles[field], field), Value: float64(fields[field])}
		if lever.Halved, err = c.varied(p, context, field, lever.Value/2); err != nil {
			return 0, nil, err
		}
		if lever.Double, err = c.varied(p, context, field, lever.Value*2); err != nil {
			return 0, nil, err
		}
		if lever.swing(base) > leastSwing {
			list = append(list, lever)
		}
	}
	slices.SortStableFunc(list, func(x, y Lever) int { return cmp.Compare(y.swing(base), x.swing(base)) })
	return base, list, nil
}

// leastSwing is the relative change below which a field counts as no lever.
const leastSwing = 0.001

// swing is the largest relative change that a lever makes.
func (l *Lever) swing(base float64) float64 {
	largest := 0.0
	for _, tpot := range []float64{l.Halved, l.Double} {
		if tpot > 0 {
			largest = max(largest, math.Abs(tpot/base-1))
		}
	}
	return largest
}

// varied is the time per output token with one field changed; 0 where the architecture, or its plan, does not
// allow that. Whether the caches would still fit is another question.
func (c *candidate) varied(p Placement, context int, field string, value float64) (float64, error) {
	d := c.on(p)
	if field != "" {
		if value != math.Trunc(value) {
			return 0, nil
		}
		d.Override = maps.Clone(d.Override)
		if d.Override == nil {
			d.Override = map[string]any{}
		}
		d.Override[field] = int64(value)
	}
	tpot, err := c.decode(d, context)
	var wrong *fault.Error
	if field != "" && errors.As(err, &wrong) {
		return 0, nil // no such architecture
	}
	return tpot, err
}

// idle are fields that say nothing of the cost of a token.
var idle = []string{"max_context"}

// fields are the whole numbers of the model's document by address, with the candidate's changes, and what
// people call those whose addresses say little.
func (c *candidate) fields() (fields map[string]int64, titles map[string]string, err error) {
	spec, err := scenarios.LookupModel(c.Model)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(c.Override)) {
		if err := spec.Override(key, c.Override[key]); err != nil {
			return nil, nil, err
		}
	}
	tree := map[string]any{}
	if err := toml.Unmarshal(spec.TOML(), &tree); err != nil {
		return nil, nil, err
	}
	fields = map[string]int64{}
	gather(fields, "", tree)
	for _, key := range idle {
		delete(fields, key)
	}
	return fields, layers(tree), nil
}

// layers calls the numbers of layers of a document's parts so: of several parts each with the name of its
// feed-forward network, or of its mixer.
func layers(tree map[string]any) map[string]string {
	parts, _ := tree["stack"].([]map[string]any)
	titles := map[string]string{}
	for i, part := range parts {
		title := "layers"
		for _, key := range []string{"ffn", "mixer"} {
			if name, ok := part[key].(string); ok && len(parts) > 1 {
				title += " (" + name + ")"
				break
			}
		}
		titles[fmt.Sprintf("stack[%d].repeat", i)] = title
	}
	return titles
}

// gather walks a document for whole numbers.
func gather(fields map[string]int64, at string, value any) {
	switch v := value.(type) {
	case int64:
		fields[at] = v
	case map[string]any:
		for key, inner := range v {
			address := key
			if at != "" {
				address = at + "." + key
			}
			gather(fields, address, inner)
		}
	case []map[string]any:
		for i, inner := range v {
			gather(fields, fmt.Sprintf("%s[%d]", at, i), inner)
		}
	case []any:
		for i, inner := range v {
			gather(fields, fmt.Sprintf("%s[%d]", at, i), inner)
		}
	}
}

package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// checkMeanings refuses keys of a table that mean nothing beside the value that its key choice has, or beside
// any of several: a scenario must not be read as if a setting counted that nothing looks at.
func (s *Scenario) checkMeanings(t *table, values ...string) error {
	value := values[0]
	for _, k := range t.keys {
		path := t.path + "." + k.name
		if slices.ContainsFunc(values, k.means) || !s.source.has(path) {
			continue
		}
		right := fmt.Sprintf("use it with %s = %s", t.choice, quoted(k.with))
		if own := t.meant(value); own != "" {
			right = fmt.Sprintf("%s takes %s; %s", value, own, right)
		}
		return s.source.faultf(path, right, "has no meaning with %s = %q", t.choice, value)
	}
	return nil
}

// means tells whether the key means something beside a value of its table's choice.
func (k *key) means(value string) bool { return len(k.with) == 0 || slices.Contains(k.with, value) }

// meant lists the keys that a value of the table's choice adds.
func (t *table) meant(value string) string {
	var own []string
	for _, k := range t.keys {
		if slices.Contains(k.with, value) {
			own = append(own, k.name)
		}
	}
	return strings.Join(own, ", ")
}

// quoted lists values: "normal" or "lognormal".
func quoted(values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(parts, " or ")
}

package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// meaning says beside which values of another key a key means something. Beside any other value it is refused: a scenario must
// not be read as if a setting counted that nothing looks at.
type meaning struct {
	key  string
	with []string
}

// checkMeanings refuses keys of a table that mean nothing beside the value that its key choice has.
func (s *Scenario) checkMeanings(table, choice, value string, keys []meaning) error {
	for _, k := range keys {
		path := table + "." + k.key
		if !s.source.has(path) || slices.Contains(k.with, value) {
			continue
		}
		right := fmt.Sprintf("use it with %s = %s", choice, quoted(k.with))
		if own := meant(keys, value); own != "" {
			right = fmt.Sprintf("%s takes %s; %s", value, own, right)
		}
		return s.source.faultf(path, right, "has no meaning with %s = %q", choice, value)
	}
	return nil
}

// meant lists the keys that mean something beside a value.
func meant(keys []meaning, value string) string {
	var own []string
	for _, k := range keys {
		if slices.Contains(k.with, value) {
			own = append(own, k.key)
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

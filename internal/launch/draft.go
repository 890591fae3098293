package launch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
)

// draft writes the scenario, and makes sure that it is one.
func (d *reading) draft(line string) (*Draft, error) {
	replicas, gpus, err := d.divide()
	if err != nil {
		return nil, err
	}
	d.set["hardware.gpus"] = strconv.Itoa(gpus)
	if replicas > 1 {
		d.set["hardware.replicas"] = strconv.Itoa(replicas)
	}
	d.drafts()
	d.set["model.name"] = strconv.Quote(d.model)
	d.set["engine.policy"] = strconv.Quote(d.engine.Policy)
	text := "# " + strings.Join(strings.Fields(strings.ReplaceAll(line, "\\", " ")), " ") + "\n" + tables(d.set)
	for _, note := range d.notes {
		text += "# left out: " + note + "\n"
	}
	s, err := scenarios.Parse("from-args", "", []byte(text))
	if err != nil {
		return nil, err
	}
	if _, _, err := s.Resolve(); err != nil {
		return nil, err
	}
	return &Draft{TOML: text, Notes: d.notes}, nil
}

// divide finds how many GPUs a replica has, and how many replicas there are, in the words of a scenario: its
// data-parallel ranks are parts of a replica, and a copy of the whole engine is a replica.
func (d *reading) divide() (replicas, gpus int, err error) {
	degree := map[string]int{}
	for _, key := range []string{"tp", "pp", "dp", "ep", "cp"} {
		text := cmp.Or(d.set["parallel."+key], "1")
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1<<20 {
			return 0, 0, bad(key, text+" is no degree of parallelism", "use a whole number from 1 on")
		}
		degree[key] = n
	}
	replicas = 1
	switch {
	case d.dividesAttention:
		if degree["tp"]%degree["dp"] != 0 {
			return 0, 0, bad("--dp-size", fmt.Sprintf("%d does not divide the %d tensor-parallel ranks", degree["dp"], degree["tp"]),
				"use a divisor")
		}
		degree["tp"] /= degree["dp"]
		d.set["parallel.tp"] = strconv.Itoa(degree["tp"])
	case d.engine.dividing() != nil && degree["dp"] > 1:
		replicas = degree["dp"]
		degree["dp"] = 1
		delete(d.set, "parallel.dp")
	}
	if d.spreadsExperts {
		d.set["parallel.ep"] = strconv.Itoa(degree["tp"] * degree["dp"])
	}
	return replicas, degree["tp"] * degree["pp"] * degree["dp"] * degree["cp"], nil
}

// tables writes keys as TOML, the tables in the order of a scenario.
func tables(set map[string]string) string {
	var b strings.Builder
	for _, table := range []string{"model", "hardware", "parallel", "precision", "engine", "speculative"} {
		opened := false
		for _, key := range slices.Sorted(maps.Keys(set)) {
			name, ok := strings.CutPrefix(key, table+".")
			if !ok {
				continue
			}
			if !opened {
				fmt.Fprintf(&b, "[%s]\n", table)
				opened = true
			}
			fmt.Fprintf(&b, "%s = %s\n", name, set[key])
		}
	}
	return b.String()
}

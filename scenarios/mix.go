package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/workloads"
)

// Mix are classes of clients, each with the keys of a population's [[class]], and with limits of its own
// below slo, as a [[slo.class]] of its name has them.
type Mix []map[string]any

// mixPath is where the classes stand.
const mixPath = "workload.class"

func classPath(i int) string { return fmt.Sprintf("%s[%d]", mixPath, i) }

// limitsKey is the key of a class that a population's has not.
const limitsKey = "slo"

// checkMix refuses classes beside what draws requests of one kind, and classes that make no sense.
func (s *Scenario) checkMix() error {
	w, y := &s.Workload, &s.Workload.Synthetic
	if len(w.Classes) == 0 {
		return nil
	}
	for _, beside := range []struct {
		key string
		is  bool
	}{{"input", y.Input != Distribution{}}, {"output", y.Output != Distribution{}}, {"sessions", y.Sessions.IsSet()},
		{"prompts", y.Prompts > 0}, {"language", y.Language != ""}, {"vocabulary", y.Vocabulary != ""}} {
		if beside.is {
			return s.source.fault("workload.synthetic."+beside.key, "stands beside [[workload.class]]", "say it of each class")
		}
	}
	if w.Requests == 0 && y.Requests == 0 {
		return s.source.fault(mixPath, "are classes of an unknown number of requests", "add requests = 10000 to [workload]")
	}
	if s.IsSynthetic() && y.Arrival.Process == "" && s.source.has("workload.synthetic.arrival") {
		return s.source.fault("workload.synthetic.arrival.process", "is missing", `name one, as in process = "poisson"`)
	}
	if _, err := s.population(); err != nil {
		return err
	}
	_, err := s.limitsOfClasses()
	return cmp.Or(err, s.checkSeeds())
}

// population is what the classes describe. Those without arrivals share workload.synthetic.arrival.
func (s *Scenario) population() (workloads.Population, error) {
	y := &s.Workload.Synthetic
	a := &y.Arrival
	p := workloads.Population{Requests: cmp.Or(y.Requests, s.Workload.Requests),
		Arrival: workloads.Arrival{Process: a.Process, Rate: float64(a.Rate), Burstiness: a.Burstiness,
			Concurrency: a.Concurrency, Trace: a.Trace}}
	for i, fields := range s.Workload.Classes {
		var class workloads.Class
		if err := s.decodeClass(i, fields, &class); err != nil {
			return p, err
		}
		if class.Arrival.Process == "" && a.Process == "" {
			return p, s.source.fault(classPath(i)+".arrival", "is missing",
				`say how its requests arrive, or how those of all do in [workload.synthetic.arrival]`)
		}
		p.Classes = append(p.Classes, class)
	}
	return p, nil
}

// decodeClass reads a class as strictly as a population's file.
func (s *Scenario) decodeClass(i int, fields map[string]any, into *workloads.Class) error {
	fields = maps.Clone(fields)
	delete(fields, limitsKey)
	if arrival, ok := fields["arrival"].(map[string]any); ok && arrival["rate"] == "inf" {
		arrival = maps.Clone(arrival)
		arrival["rate"], fields["arrival"] = math.Inf(1), arrival
	}
	return s.decodeAt(classPath(i), fields, into)
}

// decodeAt reads a table that stands at a path into a struct.
func (s *Scenario) decodeAt(path string, fields map[string]any, into any) error {
	text, err := toml.Marshal(fields)
	if err == nil {
		err = strict.Decode("", text, into)
	}
	var wrong *fault.Error
	if errors.As(err, &wrong) {
		return s.source.fault(path+"."+wrong.Key, wrong.Wrong, wrong.Right)
	}
	if err != nil {
		return s.source.fault(path, err.Error(), "write it as a population's file does")
	}
	return nil
}

// limitsOfClasses are the limits that classes have beside them.
func (s *Scenario) limitsOfClasses() ([]SLOClass, error) {
	var list []SLOClass
	for i, fields := range s.Workload.Classes {
		given, ok := fields[limitsKey]
		if !ok {
			continue
		}
		path := classPath(i) + "." + limitsKey
		limits, ok := given.(map[string]any)
		if !ok {
			return nil, s.source.fault(path, "is no table", "give limits, as in slo = { ttft_ms = 500 }")
		}
		class := SLOClass{}
		err := s.decodeAt(path, limits, &class)
		if err = cmp.Or(err, s.checkClass(&class, func(key string) string { return path + "." + key })); err != nil {
			return nil, err
		}
		name, _ := fields["name"].(string)
		if name == "" || class.Name != "" {
			return nil, s.source.fault(path, "are limits of a class without a name of its own", `add name = "interactive" to the class`)
		}
		class.Name = name
		if slices.ContainsFunc(append(list, s.SLO.Classes...), func(c SLOClass) bool { return c.Name == name }) {
			return nil, s.source.faultf(path, "keep one of them", "class %q has limits elsewhere too", name)
		}
		list = append(list, class)
	}
	return list, nil
}

// adoptLimits gives classes of the workload the limits that stand beside them.
func (s *Scenario) adoptLimits() error {
	list, err := s.limitsOfClasses()
	if err != nil || list == nil {
		return err
	}
	s.SLO.Classes = append(slices.Clone(s.SLO.Classes), list...)
	s.Workload.Classes = slices.Clone(s.Workload.Classes)
	for i, fields := range s.Workload.Classes {
		fields = maps.Clone(fields)
		delete(fields, limitsKey)
		s.Workload.Classes[i] = fields
	}
	return nil
}

// mixed starts to draw the requests of the classes.
func (s *Scenario) mixed() (workloads.Source, error) {
	p, err := s.population()
	if err != nil {
		return nil, err
	}
	opener := func(key, trace string) (workloads.Source, error) { return s.openTrace(mixPath+"."+key, trace) }
	source, err := workloads.Populate(p, s.Workload.Synthetic.Seed, opener)
	var wrong *fault.Error
	if errors.As(err, &wrong) && wrong.File == "" {
		if !strings.HasPrefix(wrong.Key, "class ") { // of all classes, or of what they share
			return nil, s.source.fault(mixPath, wrong.Key+": "+wrong.Wrong, wrong.Right)
		}
		number, key, _ := strings.Cut(strings.TrimPrefix(wrong.Key, "class "), ": ")
		i := 0
		fmt.Sscanf(number, "%d", &i)
		return nil, s.source.fault(classPath(i-1)+"."+key, wrong.Wrong, wrong.Right)
	}
	return source, err
}

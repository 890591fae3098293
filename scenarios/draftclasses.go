package scenarios

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/workloads"
)

// draftClasses know under which law the drafts of requests under way are accepted, where their class has one
// of its own. Replicas that are simulated side by side ask while the source is read.
type draftClasses struct {
	mu   sync.Mutex
	laws map[workloads.ClassName]*drafts.Acceptance
	of   map[uint64]*drafts.Acceptance // by request
	met  map[workloads.ClassName]bool
}

// law is a request's; nil where that is the law of all.
func (c *draftClasses) law(request uint64) *drafts.Acceptance {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[request]
}

// watchDrafts notes the classes of a source's requests until they finish. It is nil where no class has a law
// of its own.
func (b *Built) watchDrafts(hooks *Hooks) (*draftClasses, error) {
	y := b.Parts.Speculation
	if y == nil || len(y.ByClass) == 0 {
		return nil, nil
	}
	c := &draftClasses{laws: map[workloads.ClassName]*drafts.Acceptance{}, of: map[uint64]*drafts.Acceptance{},
		met: map[workloads.ClassName]bool{}}
	for name, probabilities := range y.ByClass {
		law, err := drafts.New(probabilities, b.Scenario.Workload.Seed)
		if err != nil {
			return nil, err
		}
		c.laws[workloads.ClassNamed(name)] = law
	}
	b.source = workloads.Watch(b.source, func(i int, r *workloads.Request) {
		if law := c.laws[r.Class]; law != nil {
			c.mu.Lock()
			c.of[uint64(i)], c.met[r.Class] = law, true
			c.mu.Unlock()
		}
	})
	hooks.finished(func(f *sim.Finished) {
		c.mu.Lock()
		delete(c.of, uint64(f.Index))
		c.mu.Unlock()
	})
	return c, nil
}

// tell gives pools that verify drafts the laws of classes.
func (c *draftClasses) tell(pools []sim.Pool) {
	for i := range pools {
		if v := pools[i].Verify; v != nil && c != nil {
			v.Of = c.law
		}
	}
}

// warnings say which classes are of no request.
func (c *draftClasses) warnings() (list []string) {
	if c == nil {
		return nil
	}
	for _, name := range slices.SortedFunc(maps.Keys(c.laws), func(a, b workloads.ClassName) int {
		return strings.Compare(a.String(), b.String())
	}) {
		if !c.met[name] {
			list = append(list, "no request is of the class \""+name.String()+"\" of speculative.by_class")
		}
	}
	return list
}

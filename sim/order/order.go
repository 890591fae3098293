package order

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/names"
)

// Request is a waiting request as an order sees it.
type Request struct {
	Number    int               // in order of arrival
	Arrival   units.Picoseconds // when it was sent
	Input     int               // prompt tokens
	MaxOutput int               // declared longest output
	Priority  int               // of two, the request with the smaller number is the more urgent
}

// Order gives a request its key: the one with the smallest stands first, of equal ones the one that arrived
// first. One that is preempted goes back to where its key says. A nil Order is FCFS.
type Order func(*Request, *Basis) int64

// Basis is what orders go by beside requests.
type Basis struct {
	// Token is how long a request waits until it stands as one that is sent now and declares a token less: see
	// ShortestJob. 0 is for ever.
	Token units.Picoseconds
	// Patience is for how long the client of a request, which has a number in order of arrival, waits for its
	// first token: see Deadline; 0 is for ever. It says the same whenever it is asked. Nil, where all are.
	Patience func(request int) units.Picoseconds
}

// The orders.
const (
	// FCFS lets requests stand as they came. One that is preempted goes to the end at which its policy puts it.
	FCFS           = "fcfs"
	Priority       = "priority"
	ShortestPrompt = "shortest_prompt"
	ShortestJob    = "sjf"
	Deadline       = "edf"
)

var orders = []struct {
	name string
	key  Order
}{
	{FCFS, nil},
	{Priority, priority},
	{ShortestPrompt, shortestPrompt},
	{ShortestJob, shortestJob},
	{Deadline, deadline},
}

// Yields tells whether, under vLLM's scheduler, the last in an order of all that run gives way where blocks
// run out, instead of the one that was admitted last.
func Yields(name string) bool {
	return slices.Contains([]string{Priority, ShortestJob, Deadline}, name)
}

// Names lists the orders.
func Names() []string {
	var list []string
	for _, o := range orders {
		list = append(list, o.name)
	}
	return list
}

// New is an order by its name.
func New(name string) (Order, error) {
	for _, o := range orders {
		if o.name == name {
			return o.key, nil
		}
	}
	return nil, fmt.Errorf("unknown order %q; %s", name, names.Suggest(name, Names()))
}

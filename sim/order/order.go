package order

import (
	"fmt"

	"github.com/roofserve/roofserve/internal/names"
)

// Request is a waiting request as an order sees it.
type Request struct {
	Input     int // prompt tokens
	MaxOutput int // declared longest output
	Priority  int // of two, the request with the smaller number is the more urgent
}

// Order gives a request its key: the one with the smallest stands first, of equal ones the one that arrived
// first. One that is preempted goes back to where its key says. A nil Order is FCFS.
type Order func(*Request) int64

// The orders.
const (
	// FCFS lets requests stand as they came. One that is preempted goes to the end at which its policy puts it.
	FCFS           = "fcfs"
	Priority       = "priority"
	ShortestPrompt = "shortest_prompt"
)

var orders = []struct {
	name string
	key  Order
}{
	{FCFS, nil},
	{Priority, priority},
	{ShortestPrompt, shortestPrompt},
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

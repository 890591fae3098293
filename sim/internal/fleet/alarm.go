package fleet

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/agenda"
)

// alarm is something that happens at instants of its own, neither when a request arrives nor when steps end.
type alarm interface {
	// ring lets it happen now, and returns when it happens next, which is later, or Forever until it is set.
	ring(now units.Picoseconds) units.Picoseconds
}

// alarms are a fleet's. Those that are due at one instant ring by their numbers, in the order in which they
// were added.
type alarms struct {
	due    units.Picoseconds // of the first; Forever where none is set
	list   []alarm
	agenda agenda.Agenda // of their numbers by when they ring
}

// add gives an alarm, which is not set, the next number. All are added before any is set.
func (a *alarms) add(x alarm) (number int) {
	a.list = append(a.list, x)
	a.agenda = agenda.New(len(a.list), int64(units.Forever))
	return len(a.list) - 1
}

// isSet tells whether an alarm will ring.
func (a *alarms) isSet(number int) bool {
	return units.Picoseconds(a.agenda.Key(number)) < units.Forever
}

// set lets an alarm ring at an instant, and not before.
func (a *alarms) set(number int, at units.Picoseconds) {
	a.agenda.Set(number, int64(at))
	_, key := a.agenda.Top()
	a.due = units.Picoseconds(key)
}

// ring lets the first alarm ring, which is due now.
func (a *alarms) ring(now units.Picoseconds) {
	number, _ := a.agenda.Top()
	a.set(number, a.list[number].ring(now))
}

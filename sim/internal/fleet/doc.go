// Package fleet lets time pass: it takes requests from the workload, sends each to a replica, and lets
// arrivals, the ends of steps and alarms happen in one total order: by time, ends of steps before alarms
// before arrivals before beginnings of steps, and replicas and alarms by number. An alarm is whatever else
// happens at an instant. Replicas that know nothing of each other are simulated in parallel, with the same
// result to the last bit.
//
// It does not know what a replica does with a request, nor how long a step takes.
package fleet

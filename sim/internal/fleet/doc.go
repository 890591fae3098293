// Package fleet lets time pass: it takes requests from the workload, sends each to a replica, and lets
// arrivals and the ends of steps happen in one total order: by time, ends of steps before arrivals before
// beginnings of steps, and replicas by number. Replicas that know nothing of each other are simulated in
// parallel, with the same result to the last bit.
//
// It does not know what a replica does with a request, nor how long a step takes.
package fleet

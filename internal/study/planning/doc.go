// Package planning finds the cheapest deployment that serves a scenario's load within limits on its
// latencies: over devices, formats, engines, the ways to divide the model, token budgets and any number of
// replicas. It knows scenarios and searches for capacity; it draws nothing.
//
// What is not simulated is left out for a reason that cannot be wrong: the plan does not fit, one sequence
// alone already takes longer than a limit, or the plan would take more GPUs than one that is found. The last
// rests on one assumption: of the same plan, fewer replicas serve a load no better. Of prefill and decode
// pools it is taken for granted of each, and that neither does with fewer than beside plenty of the other.
package planning

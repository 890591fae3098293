package order

// priority lets the more urgent requests stand first, as vLLM's scheduling_policy "priority" does.
func priority(q *Request, _ *Basis) int64 { return int64(q.Priority) }

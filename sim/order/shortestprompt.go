package order

// shortestPrompt lets short prompts stand before long ones, which wait for as long as shorter ones come.
func shortestPrompt(q *Request, _ *Basis) int64 { return int64(q.Input) }

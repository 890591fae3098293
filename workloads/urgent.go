package workloads

// Urgent makes a share of a source's requests, drawn under a seed, urgent: they get priority 0, the others 1.
func Urgent(from Source, share float64, seed uint64) Source {
	return preserve(&urgent{derived{from: from}, newStream(seed, "urgent"), share}, from, count(from))
}

type urgent struct {
	derived
	stream stream
	share  float64
}

// Next implements Source.
func (u *urgent) Next(r *Request) bool {
	if !u.from.Next(r) {
		return false
	}
	r.Priority = 1
	if u.stream.uniform() < u.share {
		r.Priority = 0
	}
	return true
}

package workloads

// First ends a source after n requests.
func First(from Source, n int) Source {
	total := count(from)
	if total != unknown {
		total = min(total, n)
	}
	return preserve(&first{derived{from: from}, n}, from, total)
}

type first struct {
	derived
	left int
}

// Next implements Source.
func (f *first) Next(r *Request) bool {
	if f.left <= 0 || !f.from.Next(r) {
		return false
	}
	if f.left--; f.left == 0 {
		f.err = f.Close()
	}
	return true
}

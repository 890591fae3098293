package workloads

// Watch calls note for each request of a source as it is read, with its number in the stream.
func Watch(from Source, note func(index int, r *Request)) Source {
	return preserve(&watched{derived: derived{from: from}, note: note}, from, count(from))
}

type watched struct {
	derived
	note func(index int, r *Request)
	read int
}

// Next implements Source.
func (w *watched) Next(r *Request) bool {
	if !w.from.Next(r) {
		return false
	}
	w.note(w.read, r)
	w.read++
	return true
}

package fidelity

// Setting is what a row's scenario has at a key; nil where it has nothing.
func (r *Row) Setting(key string) any {
	for _, s := range r.workload() {
		if s.key == key {
			return s.value
		}
	}
	return nil
}

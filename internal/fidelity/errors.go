package fidelity

// ErrorsOf summarises values of predicted/measured − 1.
func ErrorsOf(signed []float64) Errors {
	var t tally
	for _, e := range signed {
		t.note(e)
	}
	return t.errors()
}

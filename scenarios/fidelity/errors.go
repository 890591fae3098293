package fidelity

// ErrorsOf summarises values of predicted/measured − 1.
func ErrorsOf(signed []float64) Errors {
	t := tally{signed: signed}
	return t.errors()
}

package calibrate

// families lists what is calibrated, in the order of the report.
func families() []family {
	return []family{
		{"gemm", gemmProblems},
		{"prefill", prefillProblems},
		{"decode", decodeProblems},
		{"experts", expertsProblems},
		{"latent-decode", latentDecodeProblems},
		{"latent-prefill", latentPrefillProblems},
		{"recurrence", recurrenceProblems},
		{"alltoall", allToAllProblems},
	}
}

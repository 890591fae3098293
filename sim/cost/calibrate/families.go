package calibrate

// families lists what is calibrated, in the order of the report.
func families() []family {
	return []family{
		{"collective", collectiveProblems},
		{"allreduce", allReduceProblems},
		{"launch", launchProblems},
		{"gemm", gemmProblems},
		{"batched", batchedProblems},
		{"prefill", prefillProblems},
		{"decode", decodeProblems},
		{"experts", expertsProblems},
		{"exchanged", exchangedProblems},
		{"latent-decode", latentDecodeProblems},
		{"latent-prefill", latentPrefillProblems},
		{"sparse", sparseProblems},
		{"selected", selectedProblems},
		{"recurrence", recurrenceProblems},
		{"alltoall", allToAllProblems},
	}
}

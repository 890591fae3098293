package workloads

// azure is the LLM inference traces of the Azure Public Dataset: wall-clock times to 100 ns in 2023, to 1 µs
// with an offset in 2024.
var azure = func() format {
	f := tableFormat("Azure LLM inference trace",
		roleNames{roleArrival: "TIMESTAMP", roleInput: "ContextTokens", roleOutput: "GeneratedTokens"},
		func() clock { return &calendar{} })
	f.about = "2023 and 2024: date and time of each request, its lengths"
	f.source = "github.com/Azure/AzurePublicDataset, AzureLLMInferenceDataset2023.md, AzureLLMInferenceDataset2024.md"
	return f
}()

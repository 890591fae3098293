package workloads

// azure is the LLM inference traces of the Azure Public Dataset, 2023 and 2024: wall-clock times to 100 ns.
// github.com/Azure/AzurePublicDataset, AzureLLMInferenceDataset2023.md.
var azure = csvFormat("Azure LLM inference trace (CSV)",
	Columns{Arrival: "TIMESTAMP", Input: "ContextTokens", Output: "GeneratedTokens"},
	func() clock { return &calendar{} })

// Package splitwise holds the simulation against the measurements of the Splitwise study (Patel et al., ISCA
// 2024): batches of Llama-2-70B on one A100 or H100 node under the vLLM of 2023, the time of a batch's
// prompts and of its decode steps. The constants of that engine are fitted on TP 2 and TP 8, and TP 4 is the
// test.
package splitwise

// Package huggingface reads the config.json of a model on Hugging Face into a model description. One file
// holds a family of architectures, registered in one table by the names that config.json gives as model_type.
//
// A family that is not in the table is an error that names the fields which could not be placed, never a
// guess; fields of a known family that were not used and may change cost are warnings.
package huggingface

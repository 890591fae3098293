package scenarios

import (
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// ImportModel reads a Hugging Face config.json. Warnings name fields that were ignored and may change cost.
func ImportModel(path string) (*arch.Spec, []string, error) {
	data, err := bounded.ReadFile(path, bounded.Config)
	if err != nil {
		return nil, nil, &fault.Error{File: path, Wrong: "cannot be read: " + err.Error(), Right: "give a Hugging Face config.json", Err: err}
	}
	return huggingface.Import(path, data)
}

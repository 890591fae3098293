package huggingface

import (
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/arch"
)

// Checkpoint is a model as it lies in a folder: its config.json and what may stand beside it.
type Checkpoint struct {
	File   string // the name that errors give
	Config []byte
	// Quantization is hf_quant_config.json, in which ModelOpt says how weights are stored; nil where there is
	// none.
	Quantization []byte
	// Index is model.safetensors.index.json, which says how large the weights are; nil where there is none.
	Index []byte
	// FormatsByHand tells that the formats of weights are given elsewhere: a method of quantisation that is not
	// known is then no error.
	FormatsByHand bool
}

// The names of what lies in a checkpoint's folder.
const (
	configName  = "config.json"
	sidecarName = "hf_quant_config.json"
	indexName   = "model.safetensors.index.json"
)

// Open reads a checkpoint: a config.json under any name, the index of its weights, or the folder that they
// are in. What lies beside is read only for the names that Hugging Face gives them.
func Open(path string) (Checkpoint, error) {
	if info, err := bounded.Stat(path); err == nil && info.IsDir() || strings.HasSuffix(path, ".safetensors.index.json") {
		if err != nil || !info.IsDir() {
			path = filepath.Dir(path)
		}
		path = filepath.Join(path, configName)
	}
	data, err := bounded.ReadFile(path, bounded.Config)
	if err != nil {
		right := "give a Hugging Face config.json"
		if ext := filepath.Ext(path); ext == ".gguf" || ext == ".safetensors" {
			right = besideWeights
		}
		return Checkpoint{}, &fault.Error{File: path, Wrong: "cannot be read: " + err.Error(), Right: right, Err: err}
	}
	k := Checkpoint{File: path, Config: data}
	if filepath.Base(path) != configName {
		return k, nil
	}
	for _, beside := range []struct {
		name string
		into *[]byte
	}{{sidecarName, &k.Quantization}, {indexName, &k.Index}} {
		file := filepath.Join(filepath.Dir(path), beside.name)
		data, err := bounded.ReadFile(file, bounded.Config)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return k, &fault.Error{File: file, Wrong: "cannot be read: " + err.Error(), Right: "mend it or take it away", Err: err}
		}
		*beside.into = data
	}
	return k, nil
}

// sidecar is ModelOpt's file; nil where there is none.
func (k Checkpoint) sidecar() (*config, error) {
	if k.Quantization == nil {
		return nil, nil
	}
	file := filepath.Join(filepath.Dir(k.File), sidecarName)
	fields, err := readObject(file, string(k.Quantization), "the file that ModelOpt writes")
	if err != nil {
		return nil, err
	}
	part := (&config{file: file, text: string(k.Quantization)}).within(fields)
	return part, nil
}

// compare warns where the index of the weights says another size than was counted: of the text decoder, its
// layers of multi-token prediction, and towers. An index may leave the layers out, or hold copies of the
// embedding and the head with them.
func (k Checkpoint) compare(c *config, m *arch.Model) {
	const tolerance = 0.02
	if k.Index == nil {
		return
	}
	file := filepath.Join(filepath.Dir(k.File), indexName)
	fields, err := readObject(file, string(k.Index), "an index of safetensors")
	if err != nil {
		c.warn("%s: is no index of weights", file)
		return
	}
	index := c.within(fields)
	size := index.float("metadata.total_size")
	if index.err != nil || size == 0 {
		return
	}
	whole := arch.Split{TP: 1, ExpertTP: 1, ExpertRanks: 1}
	decoder := float64(m.WeightBytes(&m.Published))
	ahead := float64(m.MTPBytesPerRank(whole, &m.Published))
	towers := float64(units.BF16.Bytes(m.VisionParams))
	copies := 0.0
	if ahead > 0 {
		first, last := m.EndBytesPerRank(whole, &m.Published)
		copies = float64(first + last)
	}
	for _, counted := range []float64{decoder, decoder + ahead, decoder + towers, decoder + ahead + towers,
		decoder + ahead + towers + copies} {
		if math.Abs(counted/size-1) <= tolerance {
			return
		}
	}
	c.warn("%s says that the weights take %.2f GB, but %.2f GB were counted", indexName, size/1e9,
		(decoder+ahead+towers)/1e9)
}

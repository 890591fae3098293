package huggingface

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/sim/arch"
)

// families is the table of known architectures, by model_type without "_text". A new family is one function
// and one line.
var families = []struct {
	modelType string
	read      func(*config) *document
}{
	{"llama", readLlama},
	{"mistral", readMistral},
	{"mixtral", readMixtral},
	{"qwen2", readQwen2},
	{"qwen3", readQwen3},
	{"qwen2_moe", readQwen2MoE},
	{"qwen3_moe", readQwen3MoE},
	{"qwen3_next", readQwen3Next},
	{"qwen3_5", readQwen35},
	{"qwen3_5_moe", readQwen35},
	{"gemma2", readGemma2},
	{"gemma3", readGemma3},
	{"gpt_oss", readGptOss},
	{"gpt3", readGpt3},
	{"deepseek_v2", readDeepSeek},
	{"deepseek_v3", readDeepSeek},
	{"kimi_k2", readDeepSeek},
	{"deepseek_v32", readDeepSeekSparse},
	{"glm_moe_dsa", readDeepSeekSparse},
	{"kimi_linear", readKimiLinear},
	{"glm4_moe", readGlm4},
	{"minimax_m2", readMiniMaxM2},
	{"mimo_v2_flash", readMiMo},
	{"llama4", readLlama4},
	{"nemotron_h", readNemotronH},
	{"jamba", readJamba},
}

// Families lists the model_type values that Import knows.
func Families() []string {
	list := make([]string, len(families))
	for i, f := range families {
		list[i] = f.modelType
	}
	return list
}

// Import reads the config.json data of file. Warnings name the fields that were ignored and may change cost.
func Import(file string, data []byte) (spec *arch.Spec, warnings []string, err error) {
	c, err := read(file, data)
	if err != nil {
		return nil, nil, err
	}
	modelType := strings.TrimSuffix(c.text("model_type"), "_text")
	i := slices.Index(Families(), modelType)
	if c.err == nil && i < 0 {
		c.unknownFamily(modelType)
	}
	if c.err != nil {
		return nil, nil, c.err
	}
	doc := families[i].read(c)
	warnings = c.quantization(doc)
	if c.err != nil {
		return nil, nil, c.err
	}
	doc.title(c)
	spec = arch.FromTree(file, doc.tree)
	if _, err := spec.Build(); err != nil {
		return nil, nil, err
	}
	return spec, append(warnings, c.ignored()...), nil
}

// title names the model after its file: "org__name.json", or the folder of a "config.json".
func (d *document) title(c *config) {
	id := strings.TrimSuffix(filepath.Base(c.file), ".json")
	if known := c.text("_name_or_path"); known != "" && !strings.HasPrefix(known, "/") {
		id = known
	} else if id == "config" {
		id = filepath.Base(filepath.Dir(c.file))
	}
	id = strings.Replace(id, "__", "/", 1)
	d.tree["name"] = strings.ToLower(id[strings.LastIndexByte(id, '/')+1:])
	if strings.Contains(id, "/") {
		d.tree["id"] = id
	}
	d.tree["source"] = "Hugging Face config.json of " + id
}

// unknownFamily refuses a family that is not in the table and names the fields that a plain decoder does not
// have.
func (c *config) unknownFamily(modelType string) {
	if modelType == "" {
		c.fail("model_type", "is missing", "give a model's config.json")
		return
	}
	for _, key := range plainFields {
		c.used[key] = true
	}
	var strange []string
	for _, key := range c.unused() {
		if !harmless(key) {
			strange = append(strange, key)
		}
	}
	wrong := fmt.Sprintf("unknown family %q", modelType)
	if len(strange) > 0 {
		wrong += "; its fields " + strings.Join(limit(strange), ", ") + " could not be placed and change cost"
	}
	right := "describe the model as TOML, as roofserve models show NAME --toml - does"
	if family := names.Nearest(modelType, Families()); family != "" {
		right = "nearest known family: " + family + "; or " + right
	}
	c.fail("model_type", wrong, right)
}

// ignored warns of fields that no one read and that may change cost.
func (c *config) ignored() []string {
	var warnings []string
	for _, key := range c.unused() {
		switch {
		case harmless(key):
		case strings.HasPrefix(key, "num_nextn_predict_layers"), strings.HasPrefix(key, "num_mtp"), strings.HasPrefix(key, "mtp_"), key == "use_mtp":
			warnings = append(warnings, key+": layers for multi-token prediction are not counted")
		case strings.HasSuffix(key, "_config"):
			warnings = append(warnings, key+": only the text decoder is modelled")
		default:
			warnings = append(warnings, key+": ignored; it may change cost")
		}
	}
	return limit(warnings)
}

// limit keeps a list of fields readable.
func limit(list []string) []string {
	const most = 24
	if len(list) <= most {
		return list
	}
	return append(list[:most:most], fmt.Sprintf("and %d more", len(list)-most))
}

// invalid is an error about a field whose value a family cannot place.
func (c *config) invalid(key string, value any) {
	c.fail(key, fmt.Sprintf("%v could not be placed", value), "describe the model as TOML")
}

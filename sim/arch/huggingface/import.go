package huggingface

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/sim/arch"
)

// Import reads the config.json data of file. Warnings name what changes cost and could not be read.
func Import(file string, data []byte) (spec *arch.Spec, warnings []string, err error) {
	return Checkpoint{File: file, Config: data}.Import()
}

// Import describes the model of a checkpoint. Warnings name what changes cost and could not be read.
func (k Checkpoint) Import() (spec *arch.Spec, warnings []string, err error) {
	c, err := read(k.File, k.Config)
	if err != nil {
		return nil, nil, err
	}
	sidecar, err := k.sidecar()
	if err != nil {
		return nil, nil, err
	}
	if spec, warnings, err := c.elsewhere(); spec != nil || err != nil {
		return spec, warnings, err
	}
	family := c.family()
	c.drafts()
	if c.err != nil {
		return nil, nil, c.err
	}
	c.known = family.modelType
	c.assumeClass(family.modelType)
	doc := family.read(c)
	c.unreadExperts(family)
	c.headless(doc)
	c.vision(doc)
	c.states(doc)
	c.quantization(doc, sidecar, k.FormatsByHand)
	if c.err != nil {
		return nil, nil, c.err
	}
	doc.title(c)
	spec = arch.FromTree(k.File, doc.tree)
	m, err := spec.Build()
	if err != nil {
		return nil, nil, err
	}
	k.compare(c, m)
	return spec, append(c.words, c.ignored()...), nil
}

// states reads the format of recurrent states, where a config.json has one.
func (c *config) states(d *document) {
	for _, key := range []string{"mamba_ssm_dtype", "mamba_ssm_cache_dtype"} {
		if c.string(key) == "float32" {
			d.tree["fp32_states"] = true
		}
	}
}

// title names the model after its file: "org__name.json", or the folder of a "config.json", or its kind.
func (d *document) title(c *config) {
	id := strings.TrimSuffix(filepath.Base(c.file), ".json")
	if known := c.string("_name_or_path"); known != "" && !strings.HasPrefix(known, "/") {
		id = known
	} else if id == "config" {
		if id = filepath.Base(filepath.Dir(c.file)); id == "." { // the folder that one is in says no name
			id = c.string("model_type")
		}
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
func (c *config) unknownFamily(modelType string, classes []string) {
	if c.strange(modelType) {
		return
	}
	if modelType == "" && len(classes) > 0 {
		c.fail("architectures", fmt.Sprintf("unknown class %q, and model_type is missing", classes[0]),
			"give model_type, or describe the model as TOML, as roofserve models show NAME --toml - does")
		return
	}
	if modelType == "" {
		c.fail("model_type", "is missing", "give a model's config.json")
		return
	}
	if reason := declined[modelType]; reason != "" {
		c.fail("model_type", fmt.Sprintf("family %q is not read: %s", modelType, reason),
			"describe the model as TOML, as near as it may be")
		return
	}
	for _, key := range plainFields {
		c.used[key] = true
	}
	var strange []string
	for _, key := range c.unused() {
		if !trivial(key) {
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

// ignored warns, in one line, of fields that no one read and that may change cost.
func (c *config) ignored() []string {
	var fields []string
	for _, key := range c.unused() {
		if !harmless(key) {
			fields = append(fields, key)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return []string{strings.Join(limit(fields), ", ") + ": ignored; may change cost"}
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

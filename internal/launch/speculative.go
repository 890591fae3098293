package launch

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What engines are told of speculative decoding. vLLM has one flag with a JSON object, of which each key may
// be a flag of its own (docs.vllm.ai, "Speculative Decoding"); SGLang has several flags (docs.sglang.ai,
// "Speculative Decoding"), and TensorRT-LLM a table in a file (nvidia.github.io/TensorRT-LLM, "Speculative
// Decoding"). None says how many drafts are accepted.

// speculativeConfig is vLLM's flag.
const speculativeConfig = "--speculative-config"

// assumedAcceptance stands for what no command line says.
const assumedAcceptance = "0.7"

// methods are vLLM's ways to draft in the words of a scenario.
var methods = map[string]string{
	"eagle": "eagle3", "eagle3": "eagle3", "mtp": "mtp", "deepseek_mtp": "mtp", "ernie_mtp": "mtp", "glm4_moe_mtp": "mtp",
	"mimo_mtp": "mtp", "qwen3_next_mtp": "mtp", "longcat_flash_mtp": "mtp", "ngram": "ngram", "draft_model": "draft_model",
}

// algorithms are SGLang's words for a scenario's, and decodingTypes TensorRT-LLM's.
var (
	algorithms    = map[string]string{"mtp": "NEXTN", "eagle3": "EAGLE3", "draft_model": "STANDALONE", "ngram": "NGRAM"}
	decodingTypes = map[string]string{"mtp": "MTP", "eagle3": "Eagle", "draft_model": "DraftTarget", "ngram": "NGram"}
)

// speculate reads vLLM's object, or one of its keys.
func (d *reading) speculate(name, value string) error {
	object := map[string]any{}
	if key, one := strings.CutPrefix(name, speculativeConfig+"."); one {
		object[key] = value
	} else if err := json.Unmarshal([]byte(value), &object); err != nil {
		return bad(name, "is no JSON object", `write '{"method": "eagle3", "num_speculative_tokens": 3}'`)
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		text := fmt.Sprint(object[key])
		switch key {
		case "method":
			method, known := methods[text]
			if !known {
				return bad(name, fmt.Sprintf("%q is unknown here", text), "use one of "+strings.Join(slices.Sorted(maps.Keys(methods)), ", "))
			}
			d.set["speculative.method"] = strconv.Quote(method)
		case "num_speculative_tokens":
			if !isWhole(text) {
				return bad(name, fmt.Sprintf("%q is no whole number", text), "use one")
			}
			d.set["speculative.num_speculative_tokens"] = text
		case "model":
			d.set["speculative.draft_model"] = strconv.Quote(text)
		default:
			d.notes = append(d.notes, name+" "+key+" "+text+" is not modelled")
		}
	}
	return nil
}

// drafts completes what was said of speculative decoding, if anything was.
func (d *reading) drafts() {
	method, said := d.set["speculative.method"]
	if !said && d.set["speculative.draft_model"] != "" {
		method, said = `"draft_model"`, true // as vLLM takes it
		d.set["speculative.method"] = method
	}
	if !said {
		return
	}
	if method != `"draft_model"` { // a head or a layer is as its kind is
		delete(d.set, "speculative.draft_model")
	}
	d.set["speculative.acceptance"] = assumedAcceptance
	d.notes = append(d.notes, "how many drafts are accepted, which no flag says: acceptance = "+assumedAcceptance+
		" is assumed, put what was measured")
}

// speculation is what starts an engine with the speculative decoding of a scenario, and notes on it.
func (e *engine) speculation(tree map[string]any) (words, notes []string) {
	method, _ := tree["speculative.method"].(string)
	if method == "" {
		return nil, nil
	}
	n, _ := tree["speculative.num_speculative_tokens"].(float64)
	count := strconv.FormatFloat(n, 'f', -1, 64)
	model, _ := tree["speculative.draft_model"].(string)
	if method == "eagle3" {
		notes = append(notes, "name the EAGLE-3 head: "+e.Head)
	}
	switch e.Policy {
	case "vllm":
		object := fmt.Sprintf(`{"method":%q,"num_speculative_tokens":%s`, method, count)
		if model != "" {
			object += fmt.Sprintf(`,"model":%q`, model)
		}
		words = []string{speculativeConfig, "'" + object + "}'"}
	case "sglang":
		words = []string{"--speculative-algorithm", algorithms[method], "--speculative-num-steps", count,
			"--speculative-eagle-topk", "1", "--speculative-num-draft-tokens", strconv.FormatFloat(n+1, 'f', -1, 64)}
		if model != "" {
			words = append(words, "--speculative-draft-model-path", model)
		}
	default:
		key := "max_draft_len"
		if method == "mtp" {
			key = "num_nextn_predict_layers"
		}
		said := "decoding_type: " + decodingTypes[method] + ", " + key + ": " + count
		if model != "" {
			said += ", speculative_model_dir: " + model
		}
		notes = append(notes, "set speculative_config: {"+said+"} in the file of --extra_llm_api_options")
	}
	return words, notes
}

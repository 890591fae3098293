package arch_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// model builds a model of the catalogue, changed by overrides given as key, value, key, value, …
func model(t *testing.T, name string, overrides ...any) *arch.Model {
	t.Helper()
	spec, err := arch.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(overrides); i += 2 {
		if err := spec.Override(overrides[i].(string), overrides[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// facts reads testdata/index.csv.
func facts(t *testing.T) []map[string]string {
	t.Helper()
	file, err := os.Open("testdata/index.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, row := range rows[1:] {
		fact := map[string]string{}
		for i, column := range rows[0] {
			fact[column] = row[i]
		}
		list = append(list, fact)
	}
	return list
}

// agrees compares a count with a printed fact: to half of its last digit, and one part in a million
// (Kimi-K3's latent norms, which the facts leave out).
func agrees(t *testing.T, what string, got float64, printed string, unit float64) {
	t.Helper()
	if printed == "" {
		return
	}
	want, err := strconv.ParseFloat(printed, 64)
	if err != nil {
		t.Fatal(err)
	}
	half := 0.0
	if _, decimals, ok := strings.Cut(printed, "."); ok {
		half = 0.5
		for range len(decimals) {
			half /= 10
		}
	}
	if slack := half + 1e-6*want; got/unit < want-slack || got/unit > want+slack {
		t.Errorf("%s: %.6f, the fact says %s", what, got/unit, printed)
	}
}

func TestCatalogueCountsAreTheFacts(t *testing.T) {
	for _, fact := range facts(t) {
		t.Run(fact["name"], func(t *testing.T) {
			m := model(t, fact["name"])
			total, active, activeGEMM := m.Params()
			agrees(t, "total", total, fact["total_b"], 1e9)
			agrees(t, "active", active, fact["active_b"], 1e9)
			agrees(t, "active in GEMMs", activeGEMM, fact["active_gemm_b"], 1e9)
			agrees(t, "layers", float64(m.Layers()), fact["layers"], 1)
			bf16 := arch.Precision{}
			agrees(t, "KV bytes", float64(m.KVBytesPerToken(&bf16)), fact["kv_bytes_per_token"], 1)
			agrees(t, "state bytes", float64(m.StateBytesPerSequence()), fact["state_bytes"], 1)
		})
	}
}

// unitCounts are tensor sums that the authors, or Hugging Face from a checkpoint's headers, give to the unit:
// in all and active (0: not given).
var unitCounts = map[string][2]float64{
	"qwen3-next-80b-a3b": {79_674_391_296, 3_874_929_408},
	"llama-3.1-8b":       {8_030_261_248, 8_030_261_248},
	"llama-3-8b":         {8_030_261_248, 8_030_261_248},
	"llama-3-70b":        {70_553_706_496, 70_553_706_496},
	"mistral-7b-v0.2":    {7_241_732_096, 7_241_732_096},
	"mistral-7b-v0.3":    {7_248_023_552, 7_248_023_552},
	"qwen3-0.6b":         {596_049_920, 0},
	"qwen3-1.7b":         {1_720_574_976, 0},
	"qwen2.5-0.5b":       {494_032_768, 0},
	"qwen2.5-1.5b":       {1_543_714_304, 0},
	"qwen2.5-3b":         {3_085_938_688, 0},
	"mistral-nemo-12b":   {12_247_782_400, 0},
	"mistral-small-24b":  {23_572_403_200, 0},
	"phi-4":              {14_659_507_200, 0},
	"gemma-2-9b":         {9_241_705_984, 0},
	"gemma-3-4b":         {3_880_263_168, 0}, // of the text decoder, as llama.cpp counts it in a converted checkpoint
	// NVIDIA's sum leaves out 40 router biases of 512.
	"nemotron-3-super-120b-a12b": {120_668_687_360 + 40*512, 0},
}

func TestCountsToTheUnit(t *testing.T) {
	for name, want := range unitCounts {
		total, active, _ := model(t, name).Params()
		if total != want[0] || want[1] != 0 && active != want[1] {
			t.Errorf("%s: %.0f of which %.0f active, want %.0f", name, total, active, want)
		}
	}
}

// roundCounts are all that a model's card gives: billions of parameters, in all and active, the embedding's
// among them or not. DeepSeek-V4-Pro is published as 1.6T; of MiniMax-M3 no count is at hand, and its own is
// frozen here.
var roundCounts = map[string][2]float64{
	"mimo-v2-flash": {309, 15}, "internlm-20b": {20, 20}, "qwen-72b": {72, 72}, "mistral-large-2": {123, 123},
	"deepseek-v4-flash": {284, 13}, "deepseek-v4-pro": {1573, 49}, "gemma-4-26b-a4b": {25, 4}, "minimax-m3": {426, 25},
}

func TestCountsToTheBillion(t *testing.T) {
	for name, want := range roundCounts {
		total, active, gemm := model(t, name).Params()
		away := min(math.Abs(active/1e9-want[1]), math.Abs(gemm/1e9-want[1]))
		if math.Abs(total/1e9-want[0]) > 0.5 || away > 0.5 {
			t.Errorf("%s: %.2fB of which %.2fB active, want %g", name, total/1e9, active/1e9, want)
		}
	}
}

// Every model is counted by one of the tests here, or says that it is an estimate.
func TestEveryModelIsCounted(t *testing.T) {
	counted := map[string]bool{}
	for _, fact := range facts(t) {
		counted[model(t, fact["name"]).Name] = true
	}
	for _, name := range arch.Names() {
		m := model(t, name)
		_, unit := unitCounts[name]
		_, round := roundCounts[name]
		if !counted[name] && !unit && !round && len(m.Inferred) == 0 {
			t.Errorf("%s is not counted", name)
		}
	}
}

func TestEveryFileOfTheCatalogue(t *testing.T) {
	for _, name := range arch.Names() {
		m := model(t, name)
		if m.Name != name {
			t.Errorf("%s calls itself %q", name, m.Name)
		}
		if m.Source == "" {
			t.Errorf("%s has no source", name)
		}
		if m.ID == "" && len(m.Inferred) == 0 {
			t.Errorf("%s has no id", name)
		}
		if reaches := m.Reaches(); reaches[0] != (arch.Reach{}) || len(reaches) > arch.MaxReaches {
			t.Errorf("%s: reaches %v", name, reaches)
		}
		if m.ID != "" {
			if found := model(t, m.ID); found.Name != name {
				t.Errorf("%s is found as %s", m.ID, found.Name)
			}
		}
	}
}

func TestEstimatesMeetThePublishedFigures(t *testing.T) {
	yi := model(t, "yi-lightning")
	total, active, _ := yi.Params()
	if total < 195e9 || total > 205e9 || active < 29e9 || active > 31e9 || yi.MaxContext != 16384 {
		t.Errorf("Yi-Lightning: %.1fB of which %.1fB, %d tokens", total/1e9, active/1e9, yi.MaxContext)
	}
	kimi := model(t, "Kimi 1.5")
	if total, _, _ = kimi.Params(); total < 195e9 || total > 205e9 || kimi.MaxContext != 2_000_000 {
		t.Errorf("Kimi 1.5: %.1fB, %d tokens", total/1e9, kimi.MaxContext)
	}
	bf16 := arch.Precision{}
	if got := model(t, "gpt-4").Caches(&bf16)[0].BytesPerToken; got != 49152 {
		t.Errorf("GPT-4: %v bytes a token and layer", got)
	}
	for _, name := range []string{"yi-lightning", "kimi-1.5", "gpt-4"} {
		if len(model(t, name).Inferred) == 0 {
			t.Errorf("%s does not say what is inferred", name)
		}
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{
		"deepseek-v3":                                   "deepseek-v3",
		"DeepSeek-V3":                                   "deepseek-v3",
		"deepseek-ai/DeepSeek-V3-0324":                  "deepseek-v3",
		"nvidia/DeepSeek-R1-0528-FP4":                   "deepseek-r1",
		"meta-llama/Llama-3.1-70B-Instruct":             "llama-3.1-70b",
		"meta-llama/Meta-Llama-3.1-70B":                 "llama-3.1-70b",
		"meta-llama/Llama-3.3-70B-Instruct":             "llama-3.1-70b",
		"nvidia/Llama-3.1-8B-Instruct-FP8":              "llama-3.1-8b",
		"neuralmagic/Meta-Llama-3.1-8B-Instruct-FP8-KV": "llama-3.1-8b",
		"RedHatAI/Qwen2.5-72B-Instruct-quantized.w8a8":  "qwen2.5-72b",
		"Qwen/Qwen2.5-72B-Instruct-AWQ":                 "qwen2.5-72b",
		"Qwen/Qwen3-32B-FP8":                            "qwen3-32b",
		"Qwen/Qwen3-235B-A22B-Instruct-2507-FP8":        "qwen3-235b-a22b",
		"qwen2-57b-a14b":                                "qwen2-57b-a14b",
		"Qwen2.5-MoE-57B":                               "qwen2-57b-a14b",
		"meta-llama/Llama-2-70b-chat-hf":                "llama-2-70b",
		"llama-3.3-70b":                                 "llama-3.1-70b",
		"qwen2-7b":                                      "qwen2.5-7b",
		"Qwen/Qwen2-72B-Instruct":                       "qwen2.5-72b",
		"Qwen/Qwen2.5-1.5B-Instruct-AWQ":                "qwen2.5-1.5b",
		"deepseek-ai/DeepSeek-R1-Distill-Qwen-32B":      "qwen2.5-32b",
		"Qwen/Qwen-72B-Chat":                            "qwen-72b",
		"mistralai/Mistral-Small-24B-Instruct-2501":     "mistral-small-24b",
		"mistralai/Mistral-Large-Instruct-2411":         "mistral-large-2",
		"01-ai/Yi-1.5-34B-Chat":                         "yi-34b",
		"mistralai/Mixtral-8x7B-Instruct-v0.1":          "mixtral-8x7b",
		"mistralai/Mistral-7B-Instruct-v0.3":            "mistral-7b-v0.3",
		"openai/gpt-oss-120b":                           "gpt-oss-120b",
		"moonshotai/Kimi-K2.5":                          "kimi-k2.5",
		"zai-org/GLM-5-FP8":                             "glm-5",
		"MiniMaxAI/MiniMax-M2.5":                        "minimax-m2.5",
		"Qwen/Qwen3.5-397B-A17B-FP8":                    "qwen3.5-397b-a17b",
		"nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8":  "nemotron-3-super-120b-a12b",
	} {
		if got := model(t, name).Name; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	_, err := arch.Lookup("phi-4/config.json")
	if err == nil || !strings.Contains(err.Error(), "models import") {
		t.Errorf("a config.json by its path: %v", err)
	}
	_, err = arch.Lookup("lama-3.1-70b")
	if err == nil || err.Error() != `unknown model "lama-3.1-70b"; did you mean "llama-3.1-70b"?` {
		t.Errorf("a wrong name: %v", err)
	}
}

// Sizes that the checkpoints' publishers print.
func TestPublishedCheckpointSizes(t *testing.T) {
	for name, gib := range map[string]float64{"gpt-oss-120b": 60.8, "gpt-oss-20b": 12.8} {
		m := model(t, name)
		if got := float64(m.WeightBytes(&m.Published) / units.GiB); got < gib-0.05 || got > gib+0.05 {
			t.Errorf("%s: %.2f GiB, published %.1f", name, got, gib)
		}
	}
	m := model(t, "deepseek-v3") // fp8 with a scale for each 128×128 block; embedding, head, norms and routers in bf16
	if got := float64(m.WeightBytes(&m.Published)); got < 672.5e9 || got > 673.5e9 {
		t.Errorf("deepseek-v3: %.1f GB, want 673", got/1e9)
	}
}

func TestPublishedContext(t *testing.T) {
	for name, want := range map[string]int{"deepseek-v3": 131072, "deepseek-r1": 131072, "qwen2.5-72b": 131072, "llama-3.1-70b": 131072} {
		if got := model(t, name).MaxContext; got != want {
			t.Errorf("%s: %d tokens, want %d", name, got, want)
		}
	}
}

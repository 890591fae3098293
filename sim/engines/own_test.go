package engines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// own writes the profile of vLLM with changes, as a user may have one, and returns its path.
func own(t *testing.T, changes ...string) string {
	t.Helper()
	data, err := files.ReadFile("profiles/vllm.toml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "mine.toml")
	text := strings.NewReplacer(changes...).Replace(string(data))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestProfileOfOnesOwn(t *testing.T) {
	p, err := Lookup(own(t, `name = "vllm"`, "", "launch_prefill_layer_us = 150.0", "launch_prefill_layer_us = 500.0"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "mine" || p.Policy != "vllm" || p.Overhead.LaunchPrefillLayerUS != 500 {
		t.Errorf("%s schedules by %s with %v µs a layer", p.Name, p.Policy, p.Overhead.LaunchPrefillLayerUS)
	}
}

func TestMistakesInProfilesOfOnesOwn(t *testing.T) {
	for change, want := range map[[2]string]string{
		{`kernels = "vllm"`, `kernels = "vlm"`}:     `mine.toml:7: kernels: no kernels of "vlm" were measured; did you mean "vllm"?`,
		{`"sglang"`, `"x"`}:                         `latent_kernels: no kernels of "x" were measured; use one of sglang, trtllm, vllm`,
		{`policy = "vllm"`, `policy = "fair"`}:      `mine.toml:6: policy: unknown policy "fair"`,
		{"block_size = 16", "block_sze = 16"}:       `block_sze: unknown key`,
		{"layer_us = 150.0", "layer_us = -150.0"}:   "launch_prefill_layer_us",
		{"[overhead]", "[overhead]\nstep_us = 1.0"}: "mine.toml:",
		{`mode = "piecewise"`, `mode = "pieces"`}:   "graphs: has a mode, a version or a batch that is none",
		{"to = 248", "to = 900000000"}:              "batches are of 1 to 65536",
		{"from = 4, to = 4", "from = 0, to = 4"}:    "batches are of 1 to 65536",
		{`since = "0.8"`, `since = "early"`}:        "graphs: has a mode, a version or a batch that is none",
		{`since = "0.11"`, `since = "0.12"`}:        "graphs: has versions that are not in order",
	} {
		_, err := Lookup(own(t, change[0], change[1]))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", change[1], err, want)
		}
	}
	if _, err := Lookup("nowhere.toml"); err == nil || !strings.Contains(err.Error(), "nowhere.toml: cannot be read") {
		t.Error(err)
	}
}

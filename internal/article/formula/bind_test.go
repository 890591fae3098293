package formula

import "testing"

func TestBind(t *testing.T) {
	values := map[string]any{"model": "m", "tokens": 4096.0}
	for text, want := range map[string]string{
		`params(model)`:                  `params("m")`,
		`kv_at("model", tokens) / 8`:     `kv_at("model", 4096) / 8`,
		`2*tokens*tokens`:                `2*4096*4096`,
		`layers("deepseek-v3") * 1152.0`: `layers("deepseek-v3") * 1152.0`,
	} {
		if got := Bind(text, values); got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
}

package strict

import "testing"

func TestWhatIsNoTOMLIsNamedByLine(t *testing.T) {
	var into struct {
		A map[string]int `toml:"a"`
	}
	err := Decode("f.toml", []byte("[a]\nb = 1\n[a]\n"), &into)
	if want := "f.toml:3: Key 'a' has already been defined; mend the TOML"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

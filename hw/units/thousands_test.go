package units

import "testing"

func TestThousands(t *testing.T) {
	for digits, want := range map[string]string{"1": "1", "999": "999", "1000": "1,000", "-1234567.25": "-1,234,567.25"} {
		if got := Thousands(digits); got != want {
			t.Errorf("Thousands(%q) = %q, want %q", digits, got, want)
		}
	}
}

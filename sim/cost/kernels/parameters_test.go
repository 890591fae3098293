package kernels

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/parameters.txt anew")

// What stands in for every device and engine that nobody measured, and where fits must stop, changes only on
// purpose.
func TestParametersAreThoseCommitted(t *testing.T) {
	var b strings.Builder
	b.WriteString("# law parameter unit default ideal low high\n")
	for _, law := range Default().Laws() {
		for _, p := range law.Law.Parameters() {
			fmt.Fprintf(&b, "%s %s %s %g %g %g %g\n", law.Name, p.Name, p.Unit, p.Default, p.Ideal, p.Low, p.High)
		}
	}
	const file = "testdata/parameters.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, want := strings.Split(b.String(), "\n"), strings.Split(string(committed), "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d of %s is not what the laws say (-update writes it):\n%s", i+1, file, strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""))
		}
	}
}

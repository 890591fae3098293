package workloads

import (
	"testing"
)

func TestBuiltinTraceIsWhole(t *testing.T) {
	for _, name := range Builtin() {
		source, err := Open(name, "", Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := source.(Counted).Len()
		var r Request
		rows, input, output := 0, 0, 0
		for source.Next(&r) {
			rows++
			input += r.Input
			output += r.Output
		}
		if err := source.Err(); err != nil {
			t.Fatal(err)
		}
		// Sums of the published file's columns.
		if rows != want || rows != 19366 || input != 22361870 || output != 4088665 {
			t.Errorf("%s: %d rows of %d, %d input and %d output tokens", name, rows, want, input, output)
		}
		if got, want := r.Arrival.Seconds(), 3501.721937; float64(got)-want > 1e-9 || want-float64(got) > 1e-9 {
			t.Errorf("the last request arrives at %v s, want %v", got, want)
		}
		if notes := Notes(source); len(notes) > 0 {
			t.Error(notes)
		}
	}
}

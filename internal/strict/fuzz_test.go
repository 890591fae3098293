package strict_test

import (
	"testing"

	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/internal/strict"
)

// Whatever a text says, it is decoded into the struct, or an error says where it is wrong.
func FuzzDecode(f *testing.F) {
	f.Add(whole)
	f.Add("\x7f0") // the library gives a negative offset
	f.Add("a = [[1], {b = 2}, '''x''']\n\"q.r\".s = 1")
	f.Add(nested(61))
	f.Add("sweep = [{key = \"a.b\", values = [1, 2.5, \"x\", {y = [[]]}]}]\n[hardware]\nnodes = 3 # \"\n")
	f.Fuzz(func(t *testing.T, text string) {
		faulttest.Read(t, func() (file, error) {
			var into file
			err := strict.Decode("f.toml", []byte(text), &into)
			return into, err
		})
	})
}

package calibrate

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// siliconDir is where the measured rows lie beside the repository; they are too big to commit.
const siliconDir = "../../../../shared/silicon"

// TestOneFamily fits the family that ROOFSERVE_FAMILY names and prints what it gives, and writes every
// sample's residual to the file that ROOFSERVE_RESIDUALS names: the bench at which laws are made.
func TestOneFamily(t *testing.T) {
	only := os.Getenv("ROOFSERVE_FAMILY")
	if only == "" {
		t.Skip("set ROOFSERVE_FAMILY to fit one family against the measured rows")
	}
	problems, err := Read(os.DirFS(siliconDir), strings.Split(only, ",")...)
	if err != nil {
		t.Fatal(err)
	}
	fits, err := Solve(t.Context(), problems, func(f *Fit) { fmt.Println(f) })
	if err != nil {
		t.Fatal(err)
	}
	name := os.Getenv("ROOFSERVE_RESIDUALS")
	if name == "" {
		return
	}
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fmt.Fprintln(file, "law,device,engine,group,shape,ms,r")
	for _, f := range fits {
		for i, s := range f.Samples {
			fmt.Fprintf(file, "%s,%s,%s,%s,%s,%g,%.4f\n", f.Law, f.Device.Name, f.Engine, s.Group, s.Shape,
				s.Measured.Milliseconds(), f.Residuals[i])
		}
	}
}

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The programs of the page about Python run, and say what the page says, with the standard library alone;
// where pandas is installed, its lines run too.
func TestPythonPage(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3: the gate installs it")
	}
	text, err := os.ReadFile("../../docs/howto/python.md")
	if err != nil {
		t.Fatal(err)
	}
	list := blocks(string(text))
	runs := 0
	for i := range list {
		if language, isPython := strings.CutSuffix(list[i].info, " python"); isPython {
			list[i].info = language
			runs++
		}
	}
	if runs != 4 {
		t.Errorf("%d blocks are about Python's programs, want two calls and what each says", runs)
	}
	runPage(t, list)
}

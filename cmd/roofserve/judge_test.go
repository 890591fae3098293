package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/report"
)

// Of errors that differ from case to case the first are told, and how many there are besides.
func TestManyErrorsOfCasesAreCounted(t *testing.T) {
	var told bytes.Buffer
	var cases []report.CaseResult
	for i := range mostTold + 3 {
		cases = append(cases, report.CaseResult{Index: i, Invalid: true, Error: fmt.Sprintf("%d is wrong", i)})
	}
	cases = append(cases, report.CaseResult{Index: len(cases), Invalid: true, Error: "0 is wrong"})
	tellErrors(terminal{err: &told}, cases)
	lines := strings.Split(strings.TrimSpace(told.String()), "\n")
	if len(lines) != mostTold+1 || !strings.Contains(lines[0], "0 is wrong: case 0 () and 1 more") ||
		lines[mostTold] != "and 3 more errors, which --json and the files of --out have" {
		t.Errorf("told:\n%s", &told)
	}
}

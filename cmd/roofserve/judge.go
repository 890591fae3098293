package main

import (
	"errors"
	"fmt"

	"github.com/roofserve/roofserve/internal/report"
)

// judgeCases reports what is wrong with the cases of a sweep, what broke down and which expectations failed.
// It fails with the gravest of them, and where no case fits in memory.
func judgeCases(t terminal, cases []report.CaseResult) error {
	tellErrors(t, cases)
	var invalid, broken, fits, failed bool
	for i := range cases {
		c := &cases[i]
		fits = fits || !c.DoesNotFit
		invalid = invalid || c.Invalid
		broken = broken || broke(c)
		for _, e := range c.Expectations {
			if !e.Kept {
				fmt.Fprintf(t.err, "%s: expect FAILED: %s\n", c.Name(), e.Text)
				failed = true
			}
		}
	}
	switch {
	case invalid:
		return errInvalidCase
	case broken:
		return errBrokenCase
	case !fits:
		return errors.New("no case fits in memory: " + cases[0].Error)
	case failed:
		return errExpectation
	default:
		return nil
	}
}

// judgeComputed reports which cases have no result that would stay the same: those that broke down. All else
// is for merge to judge.
func judgeComputed(t terminal, cases []report.CaseResult) error {
	tellErrors(t, cases)
	for i := range cases {
		if broke(&cases[i]) {
			return errBrokenCase
		}
	}
	return nil
}

// broke tells whether a case ended in an error that is neither a mistake in the input nor too little memory.
func broke(c *report.CaseResult) bool { return c.Error != "" && !c.Invalid && !c.DoesNotFit }

// mostTold is how many errors of cases are told: a key that is wrong in each value of a sweep has as many.
const mostTold = 20

// tellErrors says each error once, and which cases it kept from running; of many the first ones.
func tellErrors(t terminal, cases []report.CaseResult) {
	of := map[string][]*report.CaseResult{}
	var errors []string
	for i := range cases {
		c := &cases[i]
		if !c.Invalid && !broke(c) {
			continue
		}
		if of[c.Error] == nil {
			errors = append(errors, c.Error)
		}
		of[c.Error] = append(of[c.Error], c)
	}
	for n, text := range errors {
		if n == mostTold {
			fmt.Fprintf(t.err, "and %d more errors, which --json and the files of --out have\n", len(errors)-n)
			break
		}
		where := of[text][0].Name()
		if more := len(of[text]) - 1; more > 0 {
			where += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(t.err, "%s: %s\n", text, where)
	}
}

package main

import (
	"context"
	"errors"

	"github.com/roofserve/roofserve/internal/fault"
)

// Exit statuses that other tools rely on.
const (
	statusFine        = 0
	statusExpectation = 1   // a scenario's expectation failed
	statusBadInput    = 2   // flags, files, names, values
	statusCannot      = 3   // does not fit in memory, cannot run, cannot write its output
	statusInterrupted = 130 // by the user
)

// statuses are the exit statuses as the manual explains them.
var statuses = []struct {
	code  int
	means string
}{
	{statusFine, "fine"},
	{statusExpectation, "an [[expect]] of a scenario failed, or nothing meets the limits that were asked for; outputs are written all the same"},
	{statusBadInput, "bad input: the first line on stderr names the file, the line, the key, what is wrong and what would be right"},
	{statusCannot, "the model does not fit in memory, the scenario cannot run, or an output cannot be written"},
	{statusInterrupted, "interrupted; no output is left half-written"},
}

// interrupted is what a command that was interrupted says.
const interrupted = "interrupted"

// errExpectation says that the result broke a promise; what and how was already written.
var errExpectation = errors.New("an expectation failed")

// Errors of single cases of a sweep; what and why was already written.
var (
	errInvalidCase = errors.New("a case's input is wrong")
	errBrokenCase  = errors.New("a case could not be run")
)

// misuse is an error about how the program was called.
func misuse(who, wrong, right string) error {
	return &fault.Error{File: who, Wrong: wrong, Right: right}
}

// exitStatus maps an error to the program's exit status: mistakes in the input are faults, everything else is
// a thing that could not be done.
func exitStatus(ctx context.Context, err error) int {
	var bad *fault.Error
	switch {
	case err == nil:
		return statusFine
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return statusInterrupted
	case errors.Is(err, errExpectation):
		return statusExpectation
	case errors.As(err, &bad), errors.Is(err, errInvalidCase):
		return statusBadInput
	default:
		return statusCannot
	}
}

// isQuiet tells whether an error has been explained already.
func isQuiet(err error) bool {
	return errors.Is(err, errExpectation) || errors.Is(err, errInvalidCase) || errors.Is(err, errBrokenCase)
}

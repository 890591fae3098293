package main

import (
	"context"
	_ "embed"
)

// licenses are the terms under which this program, the data in it and the libraries compiled into it may be
// used. The test of this file writes it anew from LICENSE, NOTICE and the libraries themselves.
//
//go:embed licenses.txt
var licenses []byte

func licensesCommand() *command {
	return &command{
		name:     "licenses",
		summary:  "the licence of roofserve, of the data and fonts in it, and of the libraries it is built from",
		examples: []string{"roofserve licenses | less"},
		run:      writeLicenses,
	}
}

func writeLicenses(_ context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	if done, err := f.parseNone(t, args); done || err != nil {
		return err
	}
	_, err := t.out.Write(licenses)
	return cannotWrite("stdout", err)
}

package main

import (
	"context"
	_ "embed"
	"os"
)

// starter is the scenario that init writes.
//
//go:embed starter.toml
var starter []byte

func initCommand() *command {
	return &command{
		name:    "init",
		usage:   "[FILE]",
		summary: "write a commented starter scenario to FILE or stdout",
		examples: []string{
			"roofserve init mine.toml",
			"roofserve init | less",
		},
		run: writeStarter,
	}
}

func writeStarter(_ context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	positional, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	if len(positional) == 0 {
		return t.writeBytes(stdoutName, starter)
	}
	path, err := f.one(positional, "FILE")
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && (info.Mode().IsRegular() || info.IsDir()) {
		return misuse(path, "exists already", "name a new file, or delete it first")
	}
	return t.writeBytes(path, starter)
}

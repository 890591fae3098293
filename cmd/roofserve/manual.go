package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/roofserve/roofserve/docs"
	"github.com/roofserve/roofserve/internal/report"
)

// entry is what the manual says of a verb.
type entry struct {
	*command
	flags []*flag.Flag
}

// manual is every verb with the flags that its help explains, in the order of the help page.
func manual(ctx context.Context) ([]entry, error) {
	var list []entry
	for _, c := range commands() {
		e := entry{command: c}
		t := terminal{in: strings.NewReader(""), out: io.Discard, err: io.Discard, made: new([]string)}
		t.asked = func(f *flags) { f.VisitAll(func(g *flag.Flag) { e.flags = append(e.flags, g) }) }
		if err := c.run(ctx, t, c, []string{"--help"}); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func manCommand() *command {
	return &command{
		name:    "man",
		usage:   "",
		summary: "the manual page, for man and mandoc",
		examples: []string{
			"roofserve man | man -l -",
			"roofserve man > ~/.local/share/man/man1/roofserve.1",
		},
		run: writeManPage,
	}
}

func writeManPage(ctx context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	if done, err := f.parseNone(t, args); done || err != nil {
		return err
	}
	verbs, err := manual(ctx)
	if err != nil {
		return err
	}
	_, err = io.WriteString(t.out, manPage(verbs))
	return cannotWrite("stdout", err)
}

// manPage is the manual in the language of man(7).
func manPage(verbs []entry) string {
	var b strings.Builder
	line := func(macro, text string) { b.WriteString(strings.TrimRight("."+macro+" "+roff(text), " ") + "\n") }
	quoted := func(macro, text string) {
		fmt.Fprintf(&b, ".%s \"%s\"\n", macro, strings.ReplaceAll(roff(text), `"`, `\(dq`))
	}
	paragraph := func(text string) { b.WriteString(".PP\n" + roff(text) + "\n") }
	fmt.Fprintf(&b, ".TH ROOFSERVE 1 \"\" \"roofserve %s\" \"User commands\"\n", report.Version)
	line("SH", "NAME")
	b.WriteString("roofserve \\- predict what serving a language model would give\n")
	line("SH", "SYNOPSIS")
	b.WriteString(".B roofserve\n.I VERB\n[arguments]\n")
	line("SH", "VERBS")
	for i := range verbs {
		v := &verbs[i]
		quoted("SS", strings.TrimSpace("roofserve "+v.name+" "+v.usage))
		b.WriteString(roff(sentence(v.summary)) + "\n")
		for _, text := range strings.Split(strings.TrimSpace(v.details), "\n\n") {
			if text != "" {
				paragraph(text)
			}
		}
		for _, g := range v.flags {
			call, usage := described(g)
			b.WriteString(".TP\n.B " + roff(call) + "\n" + roff(usage) + "\n")
		}
		if len(v.examples) > 0 {
			b.WriteString(".PP\nExamples:\n.PP\n.EX\n" + roff(strings.Join(v.examples, "\n")) + "\n.EE\n")
		}
	}
	line("SH", "PAGES")
	b.WriteString("roofserve help\n.I PAGE\nprints one of these:\n")
	for _, p := range docs.Pages() {
		b.WriteString(".TP\n.B " + roff(topic(&p)) + "\n" + roff(p.Title) + "\n")
	}
	line("SH", "EXIT STATUS")
	for _, s := range statuses {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", s.code, roff(s.means))
	}
	return b.String()
}

// roff is text in which troff sees nothing but text: no escapes, no requests, and hyphens that stay what was
// typed.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

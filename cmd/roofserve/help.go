package main

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/roofserve/roofserve/docs"
	"github.com/roofserve/roofserve/internal/names"
)

// help explains a verb, prints a page of docs, or lists both where nothing is named.
func help(ctx context.Context, t terminal, args []string) error {
	if len(args) > 1 {
		return misuse("roofserve help", fmt.Sprintf("unexpected argument %q", args[1]), "usage: roofserve help [VERB|PAGE]")
	}
	if len(args) == 0 || isHelp(args[0]) {
		return helpPage(t.out)
	}
	if c, err := find(args[0]); err == nil {
		return c.run(ctx, t, c, []string{"--help"})
	}
	page, ok := docs.Find(args[0])
	if !ok {
		known := topics()
		for _, c := range commands() {
			known = append(known, c.name)
		}
		return misuse("roofserve help", fmt.Sprintf("no verb or page %q", args[0]), names.Suggest(args[0], known))
	}
	_, err := io.WriteString(t.out, page.Text)
	return cannotWrite("stdout", err)
}

// topic is what roofserve help calls a page: the last part of its name, unless a verb has that too.
func topic(p *docs.Page) string {
	short := path.Base(p.Name)
	if _, err := find(short); err == nil {
		return p.Name
	}
	return short
}

// topics are the names of all pages.
func topics() []string {
	var list []string
	for _, p := range docs.Pages() {
		list = append(list, topic(&p))
	}
	return list
}

// helpPage lists the verbs and the pages.
func helpPage(w io.Writer) error {
	var b strings.Builder
	b.WriteString("roofserve predicts what serving a language model would give.\n\nUsage: roofserve VERB [arguments]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-10s %s\n", c.name, c.summary)
	}
	b.WriteString(`
roofserve VERB --help explains one. Start with

  roofserve run deepseek-v3-h100                           a production trace on sixteen H100s
  roofserve explain --compare deepseek-v3,llama-3.1-70b    where a decode step's time goes
  roofserve scenarios list                                 what else is built in
  roofserve init > mine.toml                               a commented scenario to change

roofserve help PAGE prints a page of the manual:

`)
	for _, p := range docs.Pages() {
		fmt.Fprintf(&b, "  %-20s %s\n", topic(&p), p.Title)
	}
	_, err := io.WriteString(w, b.String())
	return cannotWrite("stdout", err)
}

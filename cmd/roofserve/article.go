package main

import (
	"context"
	"fmt"

	"github.com/roofserve/roofserve/scenarios/article"
	"github.com/roofserve/roofserve/scenarios/article/claims"
	"github.com/roofserve/roofserve/scenarios/article/exhibits"
	"github.com/roofserve/roofserve/scenarios/article/pages"
)

func articleCommand() *command {
	return &command{
		name:    "article",
		usage:   "[flags]",
		summary: "reproduce or refute an article's figures, claim by claim",
		details: `Computes what physics, published configurations and the simulator give for every figure of the article on Chinese frontier
models, and writes index.md with a verdict for each, a page for each section, and plots beside their data.`,
		examples: []string{
			"roofserve article",
			"roofserve article --out /tmp/article",
			"roofserve article --json - --quiet",
		},
		run: writeArticle,
	}
}

func writeArticle(ctx context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	out := f.String("out", "results/article", "write the pages into `DIR`")
	json := f.String("json", "", "write every claim with its verdict as JSON to `FILE`; - for stdout, without the summary")
	theme := f.theme()
	quiet := f.Bool("quiet", false, "print neither progress nor summary")
	if done, err := f.parseNone(t, args); done || err != nil {
		return err
	}
	if err := checkOutputs(*out, *json); err != nil {
		return err
	}
	judgement, shown, err := study(ctx, t, *quiet)
	if err != nil {
		return err
	}
	if err := cannotWrite(*out, pages.Save(*out, theme.Theme, judgement, shown)); err != nil {
		return err
	}
	if err := writeJSON(t, *json, pages.JSON(judgement)); err != nil || *quiet || *json == "-" {
		return err
	}
	return summarize(t, judgement, *out)
}

// study judges the claims and makes the exhibits.
func study(ctx context.Context, t terminal, quiet bool) (*article.Judgement, []exhibits.Exhibit, error) {
	makers := exhibits.All()
	bar := newProgress(t, quiet, 1+len(makers))
	defer bar.finish()
	sections, err := claims.Load()
	if err != nil {
		return nil, nil, err
	}
	lab, err := article.NewLab(ctx)
	if err != nil {
		return nil, nil, err
	}
	judgement, err := lab.Judge(sections)
	if err != nil {
		return nil, nil, err
	}
	bar.add()
	var shown []exhibits.Exhibit
	for _, make := range makers {
		e, err := make(lab)
		if err != nil {
			return nil, nil, err
		}
		shown = append(shown, *e)
		bar.add()
	}
	return judgement, shown, nil
}

// summarize counts the verdicts.
func summarize(t terminal, j *article.Judgement, out string) error {
	counts := map[claims.Verdict]int{}
	for i := range j.Findings {
		counts[j.Findings[i].Verdict]++
	}
	for _, v := range claims.Verdicts() {
		if _, err := fmt.Fprintf(t.out, "%4d  %s\n", counts[v], v); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(t.out, "%4d  in all: %s/index.md\n", len(j.Findings), out)
	return err
}

package main

import (
	"context"
	"fmt"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/article/exhibits"
	"github.com/roofserve/roofserve/internal/article/pages"
	"github.com/roofserve/roofserve/internal/fault"
)

func articleCommand() *command {
	return &command{
		name:    "article",
		usage:   "[flags]",
		summary: "reproduce or refute an article's figures, claim by claim",
		details: `Computes what physics, published configurations and the simulator give for every figure of the article on Chinese frontier
models, and writes index.md with a verdict for each, a page for each section, and plots beside their data.

--claims judges claims of your own, from any article or paper, in the same way: DIR holds a .toml file for each section, with
quotes, figures, units and formulas over models, devices and simulated systems, which systems.toml there describes. A claim that
states the verdict it must have is an expectation: exit status 1 where the numbers give another. roofserve help claims says more.`,
		examples: []string{
			"roofserve article",
			"roofserve article --out /tmp/article",
			"roofserve article --json - --quiet",
			"roofserve article --claims docs/howto/pagedattention --out /tmp/claims",
		},
		run: writeArticle,
	}
}

func writeArticle(ctx context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	out := f.String("out", "results/article", "write the pages into `DIR`")
	own := f.String("claims", "", "judge the claims in `DIR` instead of the article's")
	json := f.String("json", "", "write every claim with its verdict as JSON to `FILE`; - for stdout, without the summary")
	page := f.String("playground", "", "link what is judged to the page of cmd/playground at `ADDRESS`, as the pages see it (default ../../playground/index.html, with --claims none)")
	look := f.folderLook()
	quiet := f.Bool("quiet", false, "print neither progress nor summary")
	if done, err := f.parseNone(t, args); done || err != nil {
		return err
	}
	var folder *article.Folder
	var inputs []string
	if *own != "" {
		var err error
		if folder, err = article.ReadFolder(*own); err != nil {
			return err
		}
		inputs = folder.Files
		if !f.given("out") {
			return misuse("roofserve article", "--out is missing", "name a folder for the pages of --claims "+*own)
		}
	}
	if *own == "" && *page == "" {
		*page = "../../playground/index.html"
	}
	err := t.claim("article", inputs, toFile("--json", *json), toStdout(!*quiet && *json != stdoutName),
		toFolder("--out", *out, append(figureFiles(look, "*"), "*.md")...))
	if err != nil {
		return err
	}
	bar := newProgress(t, *quiet, 1+len(exhibits.All()))
	found, err := unlessInterrupted(ctx, func() (*studied, error) {
		if folder != nil {
			return judgeFolder(ctx, folder)
		}
		return study(ctx, bar)
	})
	bar.finish()
	if err != nil {
		return err
	}
	if err := cannotWrite(*out, pages.Save(*out, *look, *page, found.judgement, found.exhibits)); err != nil {
		return err
	}
	if err := writeJSON(t, *json, pages.JSON(found.judgement)); err != nil {
		return err
	}
	if !*quiet && *json != stdoutName {
		if err := summarize(t, found.judgement, *out); err != nil {
			return err
		}
	}
	return found.tell(t)
}

// studied is what the study of the article gives.
type studied struct {
	judgement *article.Judgement
	exhibits  []exhibits.Exhibit
	disagree  error // claims whose stated verdicts are not those of the numbers
}

// tell says which claims break the verdict that they state.
func (s *studied) tell(t terminal) error {
	if s.disagree == nil {
		return nil
	}
	fmt.Fprintf(t.err, "%v\n", s.disagree)
	return errExpectation
}

// judgeFolder judges a reader's own claims. Formulas that cannot be computed are mistakes in the folder.
func judgeFolder(ctx context.Context, folder *article.Folder) (*studied, error) {
	lab, err := folder.Lab(ctx)
	if err != nil {
		return nil, err
	}
	j, err := lab.Judge(folder.Sections)
	if err != nil {
		if !article.OnlyDisagrees(err) {
			return nil, &fault.Error{File: folder.Dir, Wrong: err.Error(), Err: err}
		}
	}
	j.Cover = folder.Cover()
	shown, mistake := exhibits.Plots(lab, folder.Sections)
	if mistake != nil {
		return nil, &fault.Error{File: folder.Dir, Wrong: mistake.Error(), Err: mistake}
	}
	return &studied{judgement: j, exhibits: shown, disagree: err}, nil
}

// study judges the claims and makes the exhibits, and moves the bar on after all claims and each exhibit.
func study(ctx context.Context, bar progress) (*studied, error) {
	sections, err := claims.Load()
	if err != nil {
		return nil, err
	}
	lab, err := article.NewLab(ctx)
	if err != nil {
		return nil, err
	}
	found := &studied{}
	if found.judgement, err = lab.Judge(sections); err != nil {
		return nil, err
	}
	bar.add()
	for _, make := range exhibits.All() {
		e, err := make(lab)
		if err != nil {
			return nil, err
		}
		found.exhibits = append(found.exhibits, *e)
		bar.add()
	}
	return found, nil
}

// summarize counts the verdicts.
func summarize(t terminal, j *article.Judgement, out string) error {
	counts := map[claims.Verdict]int{}
	for i := range j.Findings {
		counts[j.Findings[i].Verdict]++
	}
	for _, v := range claims.Verdicts() {
		if counts[v] == 0 {
			continue
		}
		if _, err := fmt.Fprintf(t.out, "%4d  %s\n", counts[v], v); err != nil {
			return cannotWrite("stdout", err)
		}
	}
	_, err := fmt.Fprintf(t.out, "%4d  in all: %s/index.md\n", len(j.Findings), out)
	return cannotWrite("stdout", err)
}

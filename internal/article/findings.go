package article

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"strings"

	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/article/formula"
)

// Finding is one figure of the article, judged.
type Finding struct {
	Section *claims.Section
	Claim   *claims.Claim
	Row     string // first cell of the table's row; empty outside tables
	Says    string // as the article writes it
	Numbers claims.Numbers
	Verdict claims.Verdict
	Why     string // with its figures filled in
	names   map[string]any
}

// ID names the finding: section.claim, and the row of a table.
func (f *Finding) ID() string {
	id := f.Section.Name + "." + f.Claim.ID
	if f.Row != "" {
		id += "/" + f.Row
	}
	return id
}

// Answer is what stands beside the article's figure.
type Answer struct {
	Text    string // a number as the article writes its own, and how it is to be read
	Formula string // that gave it, with the row's names filled in; empty where there is none
}

// Answer is what roofserve computes for the figure and, as the verdict asks, the bound that it breaks, what
// the article's own figures give, or what the assumption gives.
func (f *Finding) Answer() Answer {
	n, c := &f.Numbers, f.Claim
	write := func(kind string, value float64) string { return kind + claims.Write(value, c.Unit) }
	computed, own := Answer{write("", n.Computed), c.Computes}, Answer{write("by its own figures ", n.Own), c.Own}
	least, most := Answer{write("at least ", n.AtLeast), c.AtLeast}, Answer{write("at most ", n.AtMost), c.AtMost}
	switch {
	case n.Needs < 1:
		return f.first(Answer{"not possible", c.Needs})
	case f.Verdict == claims.Impossible:
		return f.first(least, most)
	case f.Verdict == claims.Contradicts:
		return f.both(computed, own)
	case f.Verdict == claims.Assumes:
		return f.both(computed, Answer{write("if so ", n.Assuming), c.Assuming})
	default:
		return f.first(computed, least, own, Answer{"possible", c.Needs}, Answer{Text: "—"})
	}
}

// first is the first of some answers whose formula the claim has, or the last.
func (f *Finding) first(answers ...Answer) Answer {
	for i, a := range answers {
		if a.Formula != "" || i == len(answers)-1 {
			a.Formula = formula.Bind(a.Formula, f.names)
			return a
		}
	}
	return Answer{}
}

// both joins two answers, or is the second where the claim has no formula for the first.
func (f *Finding) both(a, b Answer) Answer {
	if a.Formula == "" {
		return f.first(b)
	}
	return Answer{a.Text + "; " + b.Text, formula.Bind(a.Formula, f.names) + "; " + formula.Bind(b.Formula, f.names)}
}

// Disagreement is a claim whose numbers give another verdict than its file states.
type Disagreement struct {
	Stated, Found claims.Verdict
	Says          string
	Numbers       claims.Numbers
}

// Error has the figures that the verdict follows from.
func (d *Disagreement) Error() string {
	return fmt.Sprintf("the numbers say %q, the file %q: says %v, %+v", d.Found, d.Stated, d.Says, d.Numbers)
}

// OnlyDisagrees tells whether all errors that Judge joined are disagreements about verdicts.
func OnlyDisagrees(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !OnlyDisagrees(e) {
				return false
			}
		}
		return true
	}
	if _, ok := err.(*Disagreement); ok {
		return true
	}
	inner := errors.Unwrap(err)
	return inner != nil && OnlyDisagrees(inner)
}

// Judgement is the article's claims with what became of them.
type Judgement struct {
	Cover    Cover
	Sections []claims.Section
	Notes    map[string]string // of sections by name, with their figures filled in
	Findings []Finding         // in the article's order
	Systems  []System          // that formulas may name
}

// Of lists the findings of a section.
func (j *Judgement) Of(section string) []Finding {
	var of []Finding
	for _, f := range j.Findings {
		if f.Section.Name == section {
			of = append(of, f)
		}
	}
	return of
}

// Cover is what the first page says of where the claims are from.
type Cover struct {
	Title string // of the page: "The article, checked"
	By    string // the command, and what the claims were taken from
}

// Judge computes and judges every claim of the sections. It fails where the numbers give another verdict than
// the file states, because then the file's reasons are out of date; what was judged is there all the same.
func (l *Lab) Judge(sections []claims.Section) (*Judgement, error) {
	j := judge{scope: formula.Scope{Names: map[string]any{}, Functions: l.functions()}}
	j.scope.Functions["says"] = saysOf(sections)
	all := &Judgement{Sections: sections, Notes: map[string]string{}, Systems: l.systems}
	var wrong []error
	for i := range sections {
		s := &sections[i]
		note, err := fill(s.Note, "", j.scope)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("note of %s: %w", s.Name, err))
		}
		all.Notes[s.Name] = note
		for n := range s.Claims {
			found, err := j.claim(s, &s.Claims[n])
			if err != nil {
				wrong = append(wrong, fmt.Errorf("claim %s.%s: %w", s.Name, s.Claims[n].ID, err))
			}
			all.Findings = append(all.Findings, found...)
		}
	}
	return all, errors.Join(wrong...)
}

// saysOf lets formulas refer to the article's figures outside tables, in base units.
func saysOf(sections []claims.Section) formula.Function {
	figures := map[string]float64{}
	for _, s := range sections {
		for _, c := range s.Claims {
			if f, err := claims.Read(c.Says); err == nil {
				figures[s.Name+"."+c.ID] = f.Base(c.Unit).Value
			}
		}
	}
	return formula.Function{Parameters: []string{"claim"}, Compute: func(a []any) (float64, error) {
		name, _ := a[0].(string)
		v, ok := figures[name]
		if !ok {
			return 0, fmt.Errorf("no figure is called %v", a[0])
		}
		return v, nil
	}}
}

// judge evaluates formulas in one scope.
type judge struct{ scope formula.Scope }

// claim judges a claim's figure, or each figure of its column.
func (j *judge) claim(s *claims.Section, c *claims.Claim) ([]Finding, error) {
	if c.Table == "" {
		f, err := j.figure(s, c, "", c.Says, map[string]any{})
		return []Finding{f}, err
	}
	var found []Finding
	var wrong []error
	for _, cell := range s.Cells(c) {
		f, err := j.figure(s, c, cell.Row, cell.Text, cell.Names)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", cell.Row, err))
		}
		found = append(found, f)
	}
	return found, errors.Join(wrong...)
}

func (j *judge) figure(s *claims.Section, c *claims.Claim, row, says string, names map[string]any) (Finding,
	error) {
	f := Finding{Section: s, Claim: c, Row: row, Says: says}
	figure, err := claims.Read(says)
	if err != nil {
		return f, err
	}
	f.names, names = names, maps.Clone(names)
	f.Numbers = claims.Numbers{Says: figure.Base(c.Unit), Tolerance: c.Tolerance, Measured: s.Measured}
	names["said"] = f.Numbers.Says.Value
	scope := formula.Scope{Names: names, Functions: j.scope.Functions}
	n := &f.Numbers
	for _, part := range []struct {
		name, text string
		into       *float64
	}{
		{"computed", c.Computes, &n.Computed}, {"own", c.Own, &n.Own}, {"assuming", c.Assuming, &n.Assuming},
		{"least", c.AtLeast, &n.AtLeast}, {"most", c.AtMost, &n.AtMost}, {"needs", c.Needs, &n.Needs},
	} {
		*part.into = math.NaN()
		if part.text == "" {
			continue
		}
		if *part.into, err = formula.Eval(part.text, scope); err != nil {
			return f, err
		}
		names[part.name] = *part.into
	}
	f.Verdict = claims.Judge(*n)
	if c.Verdict != nil && f.Verdict != *c.Verdict {
		return f, &Disagreement{Stated: *c.Verdict, Found: f.Verdict, Says: says, Numbers: *n}
	}
	f.Why, err = fill(c.Why, c.Unit, scope)
	return f, err
}

var braces = regexp.MustCompile(`\{[^{}]*\}`)

// fill writes the figures of a text: {formula|unit} in that unit, {formula} in the claim's.
func fill(text, unit string, scope formula.Scope) (string, error) {
	var wrong error
	filled := braces.ReplaceAllStringFunc(text, func(hole string) string {
		expression, own, has := strings.Cut(hole[1:len(hole)-1], "|")
		v, err := formula.Eval(expression, scope)
		if err != nil {
			wrong = errors.Join(wrong, err)
			return hole
		}
		if !has {
			own = unit
		}
		return claims.Write(v, own)
	})
	return filled, wrong
}

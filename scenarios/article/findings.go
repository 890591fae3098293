package article

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"strings"

	"github.com/roofserve/roofserve/scenarios/article/claims"
	"github.com/roofserve/roofserve/scenarios/article/formula"
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
}

// ID names the finding: section.claim, and the row of a table.
func (f *Finding) ID() string {
	id := f.Section.Name + "." + f.Claim.ID
	if f.Row != "" {
		id += "/" + f.Row
	}
	return id
}

// Main is the number to set beside the article's: what roofserve computes, or the bound, or what the article's own figures or
// the assumption give. kind says which; it is empty where there is none.
func (f *Finding) Main() (value float64, kind string) {
	n := &f.Numbers
	known := func(v float64) bool { return !math.IsNaN(v) }
	switch {
	case f.Verdict == claims.Impossible && known(n.AtLeast):
		return n.AtLeast, "at least"
	case f.Verdict == claims.Impossible && known(n.AtMost):
		return n.AtMost, "at most"
	case f.Verdict == claims.Contradicts:
		return n.Own, "by its own figures"
	case f.Verdict == claims.Assumes && known(n.Assuming):
		return n.Assuming, "if so"
	case known(n.Computed):
		return n.Computed, "computed"
	case known(n.AtLeast):
		return n.AtLeast, "at least"
	case known(n.Own):
		return n.Own, "by its own figures"
	}
	return math.NaN(), ""
}

// Judge computes and judges every claim of the sections. It fails where the numbers give another verdict than the file
// states, because then the file's reasons are out of date.
func (l *Lab) Judge(sections []claims.Section) ([]Finding, error) {
	j := judge{scope: formula.Scope{Names: map[string]any{}, Functions: l.functions()}}
	j.scope.Functions["says"] = saysOf(sections)
	var all []Finding
	var wrong []error
	for i := range sections {
		for n := range sections[i].Claims {
			found, err := j.claim(&sections[i], &sections[i].Claims[n])
			if err != nil {
				wrong = append(wrong, fmt.Errorf("claim %s.%s: %w", sections[i].Name, sections[i].Claims[n].ID, err))
			}
			all = append(all, found...)
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

func (j *judge) figure(s *claims.Section, c *claims.Claim, row, says string, names map[string]any) (Finding, error) {
	f := Finding{Section: s, Claim: c, Row: row, Says: says}
	figure, err := claims.Read(says)
	if err != nil {
		return f, err
	}
	names = maps.Clone(names)
	f.Numbers = claims.Numbers{Says: figure.Base(c.Unit), Tolerance: c.Tolerance}
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
	if f.Verdict, err = claims.Judge(*n); err != nil {
		return f, err
	}
	if f.Verdict != c.Verdict {
		return f, fmt.Errorf("the numbers say %q, the file %q: says %v, %+v", f.Verdict, c.Verdict, says, *n)
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

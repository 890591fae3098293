package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/study/diff"
	"github.com/roofserve/roofserve/scenarios"
)

// Checked is a scenario whose expectations were judged.
type Checked struct {
	File  string // as the user named it, or as it stands in a folder
	Cases []CheckedCase
}

// CheckedCase is one run of a scenario: one for each case of its sweeps, or the only one.
type CheckedCase struct {
	Name     string // of a sweep's case, by its settings; empty for the only one
	Error    string // why it did not run; empty where it did
	Verdicts []scenarios.Verdict
	Moved    *diff.Differences // against the baseline of a broken expectation; nil where there is none
}

// reasons are what is known of why promises are broken.
func (c *CheckedCase) reasons() []string {
	if c.Error != "" {
		return []string{c.Error}
	}
	return movedLines(c.Moved)
}

// checkedVerdict is one verdict with the case and the file that it is on.
type checkedVerdict struct {
	*scenarios.Verdict
	of   *CheckedCase
	file string
}

// verdictsOf are all verdicts, scenario by scenario and case by case.
func verdictsOf(list []Checked) (all []checkedVerdict) {
	for i := range list {
		for k := range list[i].Cases {
			c := &list[i].Cases[k]
			for j := range c.Verdicts {
				all = append(all, checkedVerdict{&c.Verdicts[j], c, list[i].File})
			}
		}
	}
	return all
}

// brokenOf are those of them that are not kept.
func brokenOf(list []Checked) []checkedVerdict {
	return slices.DeleteFunc(verdictsOf(list), func(v checkedVerdict) bool { return v.Kept })
}

// Kept counts the bounds that are kept, of all.
func Kept(list []Checked) (kept, all int) {
	all = len(verdictsOf(list))
	return all - len(brokenOf(list)), all
}

// WriteCheck writes a line for each bound, with its value and its limit, and a sum.
func WriteCheck(w io.Writer, list []Checked) error {
	var b bytes.Buffer
	for i := range list {
		fmt.Fprintf(&b, "%s\n", list[i].File)
		for _, c := range list[i].Cases {
			indent := "  "
			if c.Name != "" {
				fmt.Fprintf(&b, "  %s\n", c.Name)
				indent = "    "
			}
			if c.Error != "" {
				fmt.Fprintf(&b, "%s✗ did not run: %s\n", indent, c.Error)
			}
			for k := range c.Verdicts {
				fmt.Fprintf(&b, "%s%s %s\n", indent, mark(&c.Verdicts[k]), c.Verdicts[k].Finding())
			}
			for _, line := range movedLines(c.Moved) {
				fmt.Fprintf(&b, "%s  %s\n", indent, line)
			}
		}
	}
	fmt.Fprintf(&b, "%s\n", keptText(list))
	_, err := w.Write(b.Bytes())
	return err
}

// WriteBroken writes a line for each broken bound alone.
func WriteBroken(w io.Writer, list []Checked) error {
	var b bytes.Buffer
	for _, v := range brokenOf(list) {
		fmt.Fprintf(&b, "%s: ✗ %s\n", strings.TrimSpace(v.file+" "+v.of.Name), v.Finding())
	}
	_, err := w.Write(b.Bytes())
	return err
}

// mark is ✓ or ✗.
func mark(v *scenarios.Verdict) string {
	if v.Kept {
		return "✓"
	}
	return "✗"
}

// keptText is the sum of all verdicts: "3 of 4 promises kept in 2 scenarios".
func keptText(list []Checked) string {
	kept, all := Kept(list)
	return fmt.Sprintf("%d of %s kept in %s", kept, counted(all, "promise"), counted(len(list), "scenario"))
}

// movedShown is how many parts of a step a broken promise is explained by.
const movedShown = 3

// movedLines say in a few words what moved since the baseline.
func movedLines(s *diff.Differences) []string {
	if s == nil {
		return nil
	}
	var lines []string
	p := &s.Pairs[0]
	for _, k := range p.Keys {
		lines = append(lines, fmt.Sprintf("%s was %s and is %s", k.Key, orNothing(k.Old), orNothing(k.New)))
	}
	before, after := p.Old.Step.TotalMS, p.New.Step.TotalMS
	if before == 0 || after == 0 || before == after {
		return lines
	}
	var parts []string
	for _, part := range p.Parts[:min(len(p.Parts), movedShown)] {
		if part.OldMS != part.NewMS {
			parts = append(parts, fmt.Sprintf("%s %s ms", partName(&part), withSign(part.NewMS-part.OldMS)))
		}
	}
	return append(lines, fmt.Sprintf("the mean decode step went from %s to %s ms (%s): %s",
		brief(before), brief(after), signed(after/before-1), strings.Join(parts, ", ")))
}

func orNothing(text string) string {
	if text == "" {
		return "not set"
	}
	return text
}

// Check is the JSON object of all verdicts.
func Check(list []Checked) any {
	kept, all := Kept(list)
	files := make([]any, len(list))
	for i := range list {
		cases := make([]any, len(list[i].Cases))
		for k, c := range list[i].Cases {
			cases[k] = object{{"case", c.Name}, {"error", nullWhereEmpty(c.Error)},
				{"expectations", placedVerdicts(c.Verdicts)}, {"moved", append([]string{}, movedLines(c.Moved)...)}}
		}
		files[i] = object{{"scenario", list[i].File}, {"cases", cases}}
	}
	return object{{"kept", kept}, {"promises", all}, {"scenarios", files}, {"version", Version}}
}

// placedVerdicts are verdicts with the place of their expectations.
func placedVerdicts(verdicts []scenarios.Verdict) []object {
	list := verdictObjects(verdicts)
	for i := range list {
		list[i] = append(list[i], field{"file", nullWhereEmpty(verdicts[i].File)}, field{"line", verdicts[i].Line})
	}
	return list
}

// WriteAnnotations writes an error for each broken promise in the form that GitHub shows beside the line of
// the file ("Workflow commands for GitHub Actions: setting an error message").
func WriteAnnotations(w io.Writer, list []Checked) error {
	var b bytes.Buffer
	for _, v := range brokenOf(list) {
		message := strings.Join(append([]string{named(v.of.Name, v.Finding())}, v.of.reasons()...), "\n")
		fmt.Fprintf(&b, "::error file=%s,line=%d,title=%s::%s\n", annotationProperty(v.File), max(v.Line, 1),
			annotationProperty(v.Subject()), annotationText(message))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// named puts a case's name before what is said of it.
func named(name, text string) string {
	if name == "" {
		return text
	}
	return name + ": " + text
}

// annotationText escapes what a workflow command takes as its end.
func annotationText(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// annotationProperty also escapes what a workflow command takes as the end of a property.
func annotationProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(annotationText(text))
}

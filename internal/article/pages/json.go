package pages

import "github.com/roofserve/roofserve/internal/article"

// Object is the JSON of a judged article.
type Object struct {
	Verdicts map[string]int `json:"verdicts"` // figures by verdict
	Findings []Line         `json:"findings"`
}

// Line is one figure, as in the index.
type Line struct {
	ID        string `json:"id"` // section.claim, and the row of a table
	Claim     string `json:"claim"`
	Article   string `json:"article"`
	Roofserve string `json:"roofserve"`
	Verdict   string `json:"verdict"`
	Formula   string `json:"formula,omitempty"`
	Source    string `json:"source"`
	Why       string `json:"why"`
}

// JSON lists every finding.
func JSON(j *article.Judgement) Object {
	o := Object{Verdicts: map[string]int{}}
	for i := range j.Findings {
		f := &j.Findings[i]
		a := f.Answer()
		o.Verdicts[f.Verdict.String()]++
		o.Findings = append(o.Findings, Line{f.ID(), subject(f), f.Says, a.Text, f.Verdict.String(), a.Formula,
			f.Claim.Source, f.Why})
	}
	return o
}

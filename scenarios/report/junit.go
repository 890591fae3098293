package report

import (
	"encoding/xml"
	"io"

	"github.com/roofserve/roofserve/scenarios"
)

// junitSuite is the part of JUnit's XML that CI systems read.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes a scenario's expectations as JUnit XML: a test case for each bound. A run without expectations is a
// suite without cases.
func WriteJUnit(w io.Writer, scenario string, verdicts []scenarios.Verdict) error {
	suite := junitSuite{Name: scenario, Tests: len(verdicts)}
	for i := range verdicts {
		v := &verdicts[i]
		c := junitCase{Class: scenario, Name: v.Metric.Name + " " + v.BoundText()}
		if !v.Kept {
			suite.Failures++
			c.Failure = &junitFailure{Message: v.Finding(), Text: v.String()}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

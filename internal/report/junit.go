package report

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
)

// junitSuites are several suites in one file.
type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

// junitSuite is the part of JUnit's XML that CI systems read.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr,omitempty"`
	Skipped  int         `xml:"skipped,attr,omitempty"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class      string           `xml:"classname,attr"`
	Name       string           `xml:"name,attr"`
	Properties *junitProperties `xml:"properties"`
	Failure    *junitFailure    `xml:"failure"`
	Error      *junitFailure    `xml:"error"`
	Skipped    *junitFailure    `xml:"skipped"`
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes a scenario's expectations as JUnit XML: a test case for each bound. A run without
// expectations is a suite without cases.
func WriteJUnit(w io.Writer, scenario string, verdicts []scenarios.Verdict) error {
	suite := junitSuite{Name: scenario, Tests: len(verdicts)}
	for i := range verdicts {
		v := &verdicts[i]
		c := junitCase{Class: scenario, Name: v.Subject() + " " + v.BoundText()}
		if !v.Kept {
			suite.Failures++
			c.Failure = &junitFailure{Message: v.Finding(), Text: v.String()}
		}
		suite.Cases = append(suite.Cases, c)
	}
	return writeXML(w, suite)
}

// WriteCasesJUnit writes a sweep as JUnit XML: a test case for each case, an error where its input is wrong
// or it broke down and skipped where it does not fit, and one for each bound of its expectations.
func WriteCasesJUnit(w io.Writer, cases []CaseResult) error {
	suite := junitSuite{Name: cases[0].Scenario}
	for i := range cases {
		c := &cases[i]
		ran := junitCase{Class: c.Scenario, Name: c.Name()}
		switch message := (&junitFailure{Message: c.Error}); {
		case c.Error == "":
		case c.DoesNotFit:
			suite.Skipped++
			ran.Skipped = message
		default:
			suite.Errors++
			ran.Error = message
		}
		suite.Cases = append(suite.Cases, ran)
		for _, e := range c.Expectations {
			bound := junitCase{Class: c.Scenario, Name: c.Name() + ": " + e.Name}
			if !e.Kept {
				suite.Failures++
				bound.Failure = &junitFailure{Message: e.Text, Text: c.Name() + ": " + e.Text}
			}
			suite.Cases = append(suite.Cases, bound)
		}
	}
	suite.Tests = len(suite.Cases)
	return writeXML(w, suite)
}

// WriteCheckJUnit writes all judged scenarios as JUnit XML, a suite for each. Test cases keep their
// names from run to run: value and limit are properties.
func WriteCheckJUnit(w io.Writer, list []Checked) error {
	all := junitSuites{}
	for i := range list {
		suite := junitSuite{Name: list[i].File}
		for _, c := range list[i].Cases {
			for k := range c.Verdicts {
				v := &c.Verdicts[k]
				bound := junitCase{Class: list[i].File, Name: named(c.Name, v.Subject()+" "+v.Bound),
					Properties: &junitProperties{[]junitProperty{{"value", v.ValueText()}, {"limit", v.BoundText()}}}}
				if !v.Kept {
					suite.Failures++
					why := strings.Join(c.reasons(), "\n")
					bound.Failure = &junitFailure{Message: v.Finding(), Text: why}
				}
				suite.Cases = append(suite.Cases, bound)
			}
		}
		suite.Tests = len(suite.Cases)
		all.Suites = append(all.Suites, suite)
	}
	return writeXML(w, all)
}

func writeXML(w io.Writer, s any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

package splitwise

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/roofserve/roofserve/internal/fidelity"
)

const measured = "../../../results/fidelity/splitwise/measured.csv.gz"

// evaluated simulates the committed measurements once for all tests.
var evaluated = sync.OnceValues(func() (*Evaluation, error) {
	table, err := fidelity.ReadFile(measured, Read)
	if err != nil {
		return nil, err
	}
	return Evaluate(context.Background(), table)
})

func TestTheLeftOutTPIsPredicted(t *testing.T) {
	e, err := evaluated()
	if err != nil {
		t.Fatal(err)
	}
	limits := map[Phase]float64{Prompt: 0.12, Token: 0.10}
	tests := 0
	for _, s := range e.Scores {
		if s.TP != TestTP {
			continue
		}
		tests++
		if s.MedianAPE > limits[s.Phase] || s.ByShape > limits[s.Phase] {
			t.Errorf("%s, %s: median %.3f, by shape %.3f; at most %v", s.System, s.Phase, s.MedianAPE, s.ByShape, limits[s.Phase])
		}
		if s.MedianAPE > s.Roofline.MedianAPE/2 {
			t.Errorf("%s, %s: the data sheet alone is as good: %.3f", s.System, s.Phase, s.Roofline.MedianAPE)
		}
	}
	if tests != 4 {
		t.Errorf("%d tests", tests)
	}
}

func TestEveryRowIsSimulatedOrLeftOutForAReason(t *testing.T) {
	e, err := evaluated()
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]int{}
	for i, p := range e.Predictions {
		if p.Skipped != "" {
			left[strings.SplitN(p.Skipped, ":", 2)[0]]++
		} else if !(p.TTFTMS > 0 && p.TPOTMS > 0 && e.Roofline[i].TTFTMS > 0) {
			t.Errorf("line %d: %+v", p.Row.Line, p)
		}
	}
	if left["power-capped"] != 285 || left["TP 2 with batch 64"] != 10 || len(left) != 2 || len(e.Predictions) != 855 {
		t.Errorf("%d rows, left out %v", len(e.Predictions), left)
	}
}

// The rows that are left out as copies are copies.
func TestPowerCappedRowsAreCopies(t *testing.T) {
	e, err := evaluated()
	if err != nil {
		t.Fatal(err)
	}
	hardware := e.Table.Header[1]
	type repetition struct{ cells string }
	uncapped := map[repetition]*fidelity.Row{}
	for pass, name := range []string{"h100-80gb", capped} {
		for i := range e.Table.Rows {
			r := &e.Table.Rows[i]
			if r.Cells[1] != name {
				continue
			}
			key := repetition{strings.Join(append(append([]string(nil), r.Cells[2:5]...), r.Cells[8:]...), ",")}
			if pass == 0 {
				uncapped[key] = r
			} else if u := uncapped[key]; u == nil || math.Abs(r.MeasuredTTFTMS/u.MeasuredTTFTMS-1.3) > 2e-5 {
				t.Errorf("line %d (%s %s) is no copy", r.Line, hardware, name)
			}
		}
	}
}

// The profile holds what TP 2 and TP 8 give, to a standard error: kernels may be calibrated a little
// differently since.
func TestProfileHoldsTheFit(t *testing.T) {
	e, err := evaluated()
	if err != nil {
		t.Fatal(err)
	}
	fits, err := e.Fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fits {
		for i, c := range Constants {
			if off := math.Log(f.InProfile[i] / f.Values[i]); math.Abs(off) > 0.01+f.StandardErrors[i] {
				t.Errorf("%s, %s: %.4g in the profile, %.4g fitted: put what results/fidelity/splitwise gives anew into the profile", f.System, c.Name, f.InProfile[i], f.Values[i])
			}
			if !(f.StandardErrors[i] > 0 && f.StandardErrors[i] < 0.2) {
				t.Errorf("%s, %s: not identified, standard error %v", f.System, c.Name, f.StandardErrors[i])
			}
		}
	}
}

func TestBadMeasurementsNameLineAndColumn(t *testing.T) {
	const good = "hardware,prompt_size,batch_size,token_size,prompt_time,token_time,e2e_time,tensor_parallel\na100-80gb,512,1,128,196,54,7168,2\n"
	for text, want := range map[string]string{
		"":                                     "m.csv:1: is no header",
		strings.Replace(good, "e2e", "e3e", 1): "m.csv:1: is no header",
		strings.Replace(good, "a100-", "v100-", 1): `m.csv:2: hardware: unknown hardware "v100-80gb"`,
		strings.Replace(good, ",196,", ",-1,", 1):  `m.csv:2: prompt_time: "-1"`,
		good + "x\n":                      "m.csv:3",
		strings.SplitAfter(good, "\n")[0]: "m.csv: has no rows",
	} {
		if _, err := Read("m.csv", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

package laws

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/arch"
)

// Environment variables that ask for more than go test runs, and for other scenarios.
const (
	countVariable = "ROOFSERVE_LAWS"
	seedVariable  = "ROOFSERVE_LAWS_SEED"
)

// TestLaws draws scenarios and holds each against every law of this package.
func TestLaws(t *testing.T) {
	count, seed := fromEnvironment(t, countVariable, 60), uint64(fromEnvironment(t, seedVariable, 1))
	var all tally
	g := newGarage(t)
	devices := deviceNames(t)
	for i := range count {
		for _, wrong := range all.hold(t, g, newDice(seed, i), devices) {
			t.Errorf("seed %d, scenario %d: %s", seed, i, wrong)
		}
		if (i+1)%1000 == 0 {
			t.Logf("%d scenarios: %+v", i+1, all)
		}
	}
	t.Logf("seed %d: %d scenarios: %+v", seed, count, all)
	if all.ran < count/4 {
		t.Errorf("of %d scenarios only %d ran: the draw is wrong", count, all.ran)
	}
}

// tally counts what became of scenarios.
type tally struct{ ran, refused, unfit, changed int }

// hold draws a scenario, simulates it and lists what it broke.
func (all *tally) hold(t *testing.T, g garage, d dice, devices []string) (wrong faults) {
	s := newDraw(d, arch.Names(), devices)
	o, err := simulate(s.text(), watched)
	switch {
	case err == nil:
	case doesNotFit(err):
		all.unfit++
		return nil
	case strings.HasPrefix(err.Error(), "drawn.toml:"), strings.Contains(err.Error(), "max_num_batched_tokens"):
		all.refused++
		return nil
	default:
		return faults{err.Error() + "\n" + s.text()}
	}
	all.ran++
	wrong.checkRequests(s, o)
	wrong.checkCapacity(s, o)
	wrong.checkTotals(s, o)
	wrong.checkSteps(d, o)
	wrong.checkPace(o)
	wrong.checkUtilisation(s, o)
	wrong.checkSame(d, s, o)
	if d.chance(0.4) {
		all.changed++
		wrong.checkBetter(t, d, g, s)
		wrong.checkAlone(t, g, s)
	}
	for i := range wrong {
		wrong[i] += "\n" + s.text()
	}
	return wrong
}

func fromEnvironment(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func deviceNames(t *testing.T) (list []string) {
	t.Helper()
	all, err := hw.Devices()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		list = append(list, d.Name)
	}
	return list
}

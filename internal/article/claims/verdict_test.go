package claims

import (
	"math"
	"testing"
)

var none = math.NaN()

func TestJudge(t *testing.T) {
	says := Figure{Value: 100, HalfDigit: 0.5}
	blank := Numbers{Says: says, Computed: none, Own: none, Assuming: none, AtLeast: none, AtMost: none,
		Needs: none}
	with := func(change func(*Numbers)) Numbers { n := blank; change(&n); return n }
	for name, c := range map[string]struct {
		n    Numbers
		want Verdict
	}{
		"nothing to compute":      {blank, NotServing},
		"equal":                   {with(func(n *Numbers) { n.Computed = 100 }), Holds},
		"equal as written":        {with(func(n *Numbers) { n.Computed = 100.5 }), Holds},
		"within tolerance":        {with(func(n *Numbers) { n.Computed, n.Tolerance = 103, 0.03 }), Holds},
		"near":                    {with(func(n *Numbers) { n.Computed = 120 }), Corrected},
		"own figures differ":      {with(func(n *Numbers) { n.Computed, n.Own = 120, 130 }), Contradicts},
		"right all the same":      {with(func(n *Numbers) { n.Computed, n.Own = 100, 130 }), Holds},
		"own figures agree":       {with(func(n *Numbers) { n.Own = 100 }), Holds},
		"assumption":              {with(func(n *Numbers) { n.Computed, n.Assuming = 700, 100 }), Assumes},
		"assumption beats near":   {with(func(n *Numbers) { n.Computed, n.Assuming = 110, 100 }), Assumes},
		"below the least":         {with(func(n *Numbers) { n.Computed, n.AtLeast = 100, 101 }), Impossible},
		"least as written":        {with(func(n *Numbers) { n.AtLeast = 100.4 }), Holds},
		"above the most":          {with(func(n *Numbers) { n.AtMost, n.Assuming = 90, 100 }), Impossible},
		"presupposes what is not": {with(func(n *Numbers) { n.Needs, n.Computed = 0, 100 }), Impossible},
	} {
		if got := Judge(c.n); got != c.want {
			t.Errorf("%s: %v; want %v", name, got, c.want)
		}
	}
	if v := Judge(with(func(n *Numbers) { n.Computed = 1000 })); v != Refuted {
		t.Errorf("far off without a reason: %v", v)
	}
}

func TestReadAndWrite(t *testing.T) {
	for text, want := range map[string]Figure{
		"~200B": {200, 0.5}, "8,200 tok/s": {8200, 0.5}, "0.13 GB": {0.13, 0.005}, "4.0x more": {4, 0.05},
	} {
		got, err := Read(text)
		if err != nil || math.Abs(got.Value-want.Value)+math.Abs(got.HalfDigit-want.HalfDigit) > 1e-12 {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	if _, err := Read("N/A"); err == nil {
		t.Error("N/A is a number")
	}
	for _, c := range []struct {
		value float64
		unit  string
		want  string
	}{
		{671.03e9, "GB", "671 GB"}, {1152, "bytes", "1,152 bytes"}, {131072, "K", "128K"}, {0.01752, "ms", "17.52 ms"},
		{0.929, "%", "92.9%"}, {514.76e9, "GB", "514.8 GB"}, {8730.3, "tok/s", "8,730 tok/s"}, {8.4e22, "FLOPs", "8.40e+22 FLOPs"}, {1, "GPUs", "1 GPU"}, {1, "s", "1 s"},
	} {
		if got := Write(c.value, c.unit); got != c.want {
			t.Errorf("%v in %s is %q, want %q", c.value, c.unit, got, c.want)
		}
	}
}

func TestVerdictsHaveWords(t *testing.T) {
	for _, v := range Verdicts() {
		var back Verdict
		if err := back.UnmarshalText([]byte(v.String())); err != nil || back != v {
			t.Errorf("%v comes back as %v, %v", v, back, err)
		}
	}
	if err := new(Verdict).UnmarshalText([]byte("maybe")); err == nil {
		t.Error("maybe is a verdict")
	}
}

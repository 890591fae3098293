package release

import "testing"

func TestReleasesAreInOrder(t *testing.T) {
	ordered := []string{"0.1", "0.9", "0.13.1", "0.14rc1", "0.14", "0.14.1", "0.24.0", "1.0.0rc3", "1.2.0rc5", "1.2.0",
		"1.3.0rc10", "1.3.0rc20", "1.3.0", "1.3.0.post1", "1.3.0.post2", "nightly-2025-11-01"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := Compare(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s against %s: %d", a, b, got)
			}
		}
	}
	for _, same := range [][2]string{{"0.14", "0.14.0"}, {"v0.14.0", "0.14"}, {"gpt-oss-dev", "nightly"}} {
		if Compare(same[0], same[1]) != 0 {
			t.Errorf("%s is not %s", same[0], same[1])
		}
	}
	for _, c := range []struct {
		version, since string
		want           bool
	}{
		{"0.14", "0.14", true}, {"0.14rc1", "0.14", true}, {"0.14.0.dev3", "0.14", false}, {"0.13.9", "0.14", false},
		{"0.11.0rc2.dev12+g1", "0.11", true}, {"0.11.0rc2", "0.11.1", false}, {"nightly", "9.9", true},
	} {
		if Has(c.version, c.since) != c.want {
			t.Errorf("%s has what came with %s: %v", c.version, c.since, !c.want)
		}
	}
	if Compare("0.14.0-dev+g1", "0.14.0") >= 0 {
		t.Error("a development version is newer than its release")
	}
}

func TestNearestRelease(t *testing.T) {
	for _, c := range []struct{ asked, near, far string }{
		{"0.18.0", "0.19.0", "0.14.0"}, {"0.16", "0.14.0", "0.19.0"}, {"0.12.0", "0.14.0", "0.19.0"}, {"0.30", "0.24.0", "0.19.0"},
		{"0.5.8.post1", "0.5.9", "0.5.6.post2"}, {"1.0.0rc3", "1.2.0rc5", "1.3.0rc10"}, {"1.2.0", "1.2.0rc5", "1.3.0rc10"},
		{"1.3.0rc15", "1.3.0rc10", "1.3.0rc20"}, {"0.15", "0.14", "0.16"},
	} {
		if !Nearer(c.near, c.far, c.asked) || Nearer(c.far, c.near, c.asked) {
			t.Errorf("of %s and %s, %s is not nearer to %s", c.near, c.far, c.near, c.asked)
		}
	}
}

func TestWordsThatAreNoRelease(t *testing.T) {
	for _, word := range []string{"banana", "1", "v", "1.", ".5", "1,2", "0.14 beta", "99999.1", "1.2/3", "", "gpt-oss-dev"} {
		if Is(word) {
			t.Errorf("%q was taken", word)
		}
	}
	for _, word := range []string{"0.18.0", "0.5.1.post1", "1.0.0rc3", "0.14.0-dev+g1", "0.14",
		"0.11.0rc2.dev12+g1", "0.10.1.cu128"} {
		if !Is(word) {
			t.Errorf("%q was not taken", word)
		}
	}
}

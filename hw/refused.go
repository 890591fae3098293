package hw

import (
	"slices"
	"strings"
)

// refused are devices that people ask for and that are not modelled, each with the decision that keeps it
// out.
var refused = []struct {
	names  string // model designations
	reason string
}{
	{"h20", "its tensor cores are so slow beside its memory that decoding is bound by the 64 rows of Hopper's smallest tile, of " +
		"which no measurement is at hand: predictions would be too fast"},
	{"t4 v100 p100 p40 gtx1080", "it has no bf16 tensor cores, and engines' attention kernels need a compute capability of 8.0: nothing " +
		"that was measured is near"},
	{"mi300x mi300a mi325x mi350x mi355x mi250x mi250 mi210 mi100", "AMD's engines run other kernels (AITER, Composable Kernel), of which " +
		"no measurement is at hand"},
	{"gaudi2 gaudi3 trn1 trn2 inf2 tpu-v5e tpu-v5p tpu-v6e ascend910b ascend910c", "its kernels and its engine are of another kind than any " +
		"that was measured"},
}

// refusal is why a device is not modelled; "" for one that is only unknown.
func refusal(name string) string {
	for _, r := range refused {
		known := strings.Fields(r.names)
		if slices.Contains(known, designation(name)) || slices.Contains(known, name) {
			return r.reason
		}
	}
	return ""
}

// designation is the model that a device's name begins with, without the form and the memory behind it:
// "gh200", "rtxpro6000".
func designation(name string) string {
	var model strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		model.WriteString(word)
		if strings.ContainsAny(word, "0123456789") {
			break
		}
	}
	return model.String()
}

// sameModel are the known names of the model that a name designates, also where letters changed places:
// another model is never meant, however near its name is (h200 for h20, gb200 for gh200).
func sameModel(name string, known []string) []string {
	return slices.DeleteFunc(slices.Clone(known), func(other string) bool {
		return sorted(designation(other)) != sorted(designation(name))
	})
}

func sorted(word string) string {
	letters := []byte(word)
	slices.Sort(letters)
	return string(letters)
}

package tidy

import (
	"go/ast"
	"strings"
	"testing"
)

// worked are the schedules and figures that were worked out on paper for today's serving systems, with the
// test that holds each: its file, the function and, where that has several cases, the case's name. What is
// not held yet is not here but in docs/explanation/design.md.
var worked = []struct{ about, file, function, is string }{
	{"policies: A runs first and gives way itself", "sim/micropriority_test.go", "TestMicroLeastUrgentGivesWay", "who asks gives way itself"},
	{"policies: the longest prefix goes first", "sim/microlpm_test.go", "TestMicroLongestPrefix", "who has more cached goes first"},
	{"policies: of those alike one", "sim/microlpm_test.go", "TestMicroLongestPrefix", "one of those alike runs first"},
	{"policies: the last goes to the host and comes back", "sim/oracleswap_test.go", "TestMicroSwap", "the last goes and comes back"},
	{"policies: the last that started is paused", "sim/micropolicies_test.go", "TestMicroMaxUtilization", "the last that started is paused"},
	{"policies: the longest gaps between tokens", "sim/longgaps_test.go", "TestLongGapsByHand", ""},
	{"policies: a batch is served to its end", "sim/micropolicies_test.go", "TestMicroOrcaAndStatic", "a batch is served to its end"},

	{"sessions: 48 tokens of turn 1 are found by turn 2", "sim/turns_test.go", "TestByHandAnswersAreCached", ""},
	{"sessions: a second turn under each engine, in pages of one token", "sim/turns_test.go", "TestByHandAnswersUnderEachEngine", ""},
	{"sessions: a turn comes a gap after the answer", "sim/turns_test.go", "TestByHandTurns", ""},
	{"sessions: turns on a schedule", "workloads/sessions_test.go", "TestTurnsOnSchedule", ""},
	{"sessions: a session's time, and TTFT by turn", "sim/turns_test.go", "TestByHandSessions", ""},
	{"sessions: a window's hit needs its last blocks", "sim/microprefix_test.go", "TestHitsByMixer", "a window needs its last blocks"},
	{"sessions: a recurrent state's hit ends at a snapshot", "sim/microprefix_test.go", "TestHitsByMixer", "a state is kept at the end of a chunk"},

	{"pools: the first token by prefill", "sim/microtransfers_test.go", "", "the prefill's token is the client's"},
	{"pools: the first token by decode", "sim/microtransfers_test.go", "", "the decode side's token is"},
	{"pools: two transfers that start together", "sim/microtransfers_test.go", "", "transfers share a link"},
	{"pools: transfers of their own", "sim/microtransfers_test.go", "", "or do not"},
	{"pools: heterogeneous widths", "sim/microtransfers_test.go", "", "a narrow destination"},
	{"pools: layer by layer", "sim/microtransfers_test.go", "", "layer by layer"},
	{"pools: preemption on the decode side", "sim/microtransfers_test.go", "", "a full decode pool drives out the latest"},
	{"pools: a full decode pool", "sim/microtransfers_test.go", "", "a full decode pool lets others wait"},
	{"pools: a prefix at the destination is not sent", "sim/microtransfers_test.go", "TestPrefixAtTheDestination", ""},
	{"pools: parts of the first token", "sim/microtransfers_test.go", "TestPartsOfTheFirstToken", ""},
	{"pools: short prompts stay", "sim/microtransfers_test.go", "", "short prompts stay"},
	{"pools: clients that give up", "sim/admission_test.go", "TestGatewaysBeforePoolsByHand", ""},
	{"pools: kv on both sides", "sim/microtransfers_test.go", "TestKVBeforePools", ""},
	{"pools: blocks that hold each other up", "sim/microtransfers_test.go", "TestBlocksThatHoldEachOtherUp", ""},

	{"speculation: one of two drafts", "sim/microspeculation_test.go", "TestMicroSpeculation", "one of two drafts is accepted"},
	{"speculation: none", "sim/microspeculation_test.go", "TestMicroSpeculation", "no draft is"},
	{"speculation: a budget of two sequences' rows", "sim/microspeculation_test.go", "TestMicroSpeculation", "a budget of two sequences' rows"},
	{"speculation: blocks for rows and slots ahead", "sim/microspeculation_test.go", "TestMicroSpeculation", "blocks for rows and slots ahead"},
	{"speculation: even shares are what draws give", "sim/microspeculation_test.go", "TestSharesAreWhatDrawsGive", ""},
	{"speculation: beside transfers", "sim/microspeculation_test.go", "TestMicroSpeculationBesideTransfers", ""},

	{"routing: kv's choice at weights 1 and 2", "sim/router/router_test.go", "TestKVWeighsPrefillAgainstLoad", ""},
	{"routing: kv follows what it sent", "sim/router/router_test.go", "TestKVFollowsWhatItSent", ""},
	{"routing: vllm-dp by what is published", "sim/router/router_test.go", "TestVLLMDPGoesByWhatIsPublished", ""},
	{"routing: ranks by published counts", "sim/microprefix_test.go", "TestRanksAreBalanced", "C12, published counts"},
	{"routing: prefix affinity", "sim/byhandknowing_test.go", "TestByHandPrefixAffinity", ""},
	{"routing: weighted scorers", "sim/byhandknowing_test.go", "TestByHandWeighted", ""},
	{"routing: events that come late", "sim/byhandknowing_test.go", "TestByHandLateEvents", ""},
	{"routing: nothing is lost at the gateway", "sim/admission_test.go", "TestGatewaysLoseNoRequest", ""},
}

// TestEveryWorkedScheduleHasItsTest: none goes missing when tests are renamed or put together.
func TestEveryWorkedScheduleHasItsTest(t *testing.T) {
	files := map[string]*source{}
	for _, f := range sources(t) {
		files[f.name] = &f
	}
	for _, w := range worked {
		f := files[w.file]
		if f == nil {
			t.Errorf("%s: there is no %s", w.about, w.file)
			continue
		}
		if w.function != "" && !hasFunction(f, w.function) {
			t.Errorf("%s: %s has no %s", w.about, w.file, w.function)
		}
		if w.is != "" && !strings.Contains(f.text, `"`+w.is+`"`) {
			t.Errorf("%s: %s has no case %q", w.about, w.file, w.is)
		}
	}
}

func hasFunction(f *source, name string) bool {
	for _, d := range f.tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name {
			return true
		}
	}
	return false
}

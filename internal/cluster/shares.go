package cluster

import (
	"regexp"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
)

// Shares are a sweep that many machines share.
type Shares struct {
	Command []string // the words of the call that asked for the script
	Cases   int
	Shards  int
	CPUs    int // of each shard: as many cases are simulated at once

	// Scenario is a built-in one's name, or a file's path.
	Scenario string
	Out      string   // the folder of the results, which all machines share
	Flags    []string // of sweep, beside those that follow from the above
	Merge    []string // flags of merge, likewise
}

// share are the arguments with which the program computes a shard.
func (s *Shares) share(scenario, out, shard, jobs string) []string {
	return append([]string{"sweep", scenario, "--out", out, "--cases-only", "--shard", shard, "--jobs", jobs, "--quiet"},
		s.Flags...)
}

// merge are the arguments with which it joins them.
func (s *Shares) merge(out string) []string {
	return append([]string{"merge", out, "--out", out, "--complete"}, s.Merge...)
}

// check refuses words that would end a line of a script.
func (s *Shares) check() error {
	for _, word := range slices.Concat(s.Command, []string{s.Scenario, s.Out}, s.Flags, s.Merge) {
		if strings.ContainsAny(word, "\n\r\x00") {
			return &fault.Error{Wrong: "a line break in an argument cannot go into a script", Right: "write it on one line"}
		}
	}
	return nil
}

// maxName bounds a job's name, so that the names which Kubernetes makes of it keep to a label's 63
// characters.
const maxName = 40

var noName = regexp.MustCompile(`[^a-z0-9]+`)

// name is the scenario's as Slurm and Kubernetes take it: small letters, digits and hyphens.
func (s *Shares) name() string {
	base := s.Scenario[strings.LastIndexAny(s.Scenario, `/\`)+1:]
	name := noName.ReplaceAllString(strings.ToLower(strings.TrimSuffix(base, ".toml")), "-")
	return "sweep-" + strings.Trim(name[:min(len(name), maxName)], "-")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./=:,@%+-]+$`)

// quoted is a word as a shell reads it.
func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// line is a command line of words.
func line(words []string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = quoted(word)
	}
	return strings.Join(list, " ")
}

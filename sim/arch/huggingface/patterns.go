package huggingface

import (
	"regexp"
	"strings"
)

// patterns are names and patterns of modules, as quantised checkpoints list those that they leave out or
// store another way: names, of which published files have tens of thousands, names with * for anything, and
// regular expressions behind "re:".
type patterns struct {
	names   map[string]bool
	globs   []string
	regexes []*regexp.Regexp
	unread  string // the first pattern that is none
}

// Bounds of the patterns that are more than names, far above any published ones, so that hostile ones cost
// little: the work is as many as modules for each.
const (
	maxGlobs         = 1 << 11
	maxRegexes       = 1 << 6
	maxPatternLength = 256
)

// patternsOf sorts a list of patterns.
func patternsOf(list []string) *patterns {
	p := &patterns{names: map[string]bool{}}
	for _, pattern := range list {
		expression, isRegex := strings.CutPrefix(pattern, "re:")
		switch {
		case len(pattern) > maxPatternLength, isRegex && len(p.regexes) == maxRegexes,
			len(p.globs) == maxGlobs:
			p.skip(pattern)
		case isRegex:
			p.add(expression)
		case strings.Contains(pattern, "*"):
			p.globs = append(p.globs, bare(pattern))
		case !otherExpert(pattern):
			p.names[bare(pattern)] = true
		}
	}
	return p
}

// otherExpert tells whether a name is that of an expert which nobody asks for: modules names the first and
// the eighth for all of a layer.
func otherExpert(name string) bool {
	_, rest, ok := strings.Cut(name, ".experts.")
	number, _, _ := strings.Cut(rest, ".")
	return ok && number != "" && number != "0" && number != "7" && number[0] >= '0' && number[0] <= '9'
}

// add adds a regular expression.
func (p *patterns) add(expression string) {
	compiled, err := regexp.Compile("^(?:" + expression + ")")
	if err != nil {
		p.skip("re:" + expression)
		return
	}
	p.regexes = append(p.regexes, compiled)
}

func (p *patterns) skip(pattern string) {
	if p.unread == "" {
		p.unread = pattern[:min(len(pattern), maxPatternLength)]
	}
}

// empty tells whether nothing is listed.
func (p *patterns) empty() bool { return len(p.names)+len(p.globs)+len(p.regexes) == 0 }

// beforeLayers are what stands before "layers." in the names of a text decoder's modules.
var beforeLayers = []string{"model.", "", "model.language_model.", "language_model.model.", "backbone.", "transformer.",
	"language_model.", "model.text_model."}

// bare is a name without what stands before the decoder's layers; the names of towers' layers stay as they
// are.
func bare(name string) string {
	name = strings.TrimSuffix(name, ".weight")
	for _, before := range beforeLayers {
		if before == "" {
			continue
		}
		rest, ok := strings.CutPrefix(name, before)
		if ok && (strings.HasPrefix(rest, "layers.") || strings.HasPrefix(rest, "h.")) {
			return rest
		}
	}
	return name
}

// match tells whether a module, named from "layers." on, is listed: by its name, that of one that holds it,
// or the end or a part of its name.
func (p *patterns) match(module string) bool {
	if len(p.names) > 0 && p.named(module) {
		return true
	}
	for _, glob := range p.globs {
		if matchGlob(glob, module) || matchGlob(glob, "model."+module) {
			return true
		}
	}
	for _, expression := range p.regexes {
		tried := beforeLayers
		if strings.HasPrefix(expression.String(), "^(?:.*") {
			tried = beforeLayers[:1] // what stands before is anything
		}
		for _, before := range tried {
			if expression.MatchString(before + module) {
				return true
			}
		}
	}
	return false
}

// named tries every run of whole words of a module's name.
func (p *patterns) named(module string) bool {
	for start := 0; ; {
		rest := module[start:]
		for end := 0; ; {
			next := strings.IndexByte(rest[end:], '.')
			if next < 0 {
				break
			}
			end += next
			if p.names[rest[:end]] {
				return true
			}
			end++
		}
		if p.names[rest] {
			return true
		}
		next := strings.IndexByte(rest, '.')
		if next < 0 {
			return false
		}
		start += next + 1
	}
}

// matchGlob tells whether a pattern with * for anything matches a name, or the name of one that holds it,
// or the end of it.
func matchGlob(glob, name string) bool {
	parts := strings.Split(glob, "*")
	first, last := parts[0], parts[len(parts)-1]
	at := 0
	if first != "" {
		at = strings.Index("."+name, "."+first)
		if at < 0 {
			return false
		}
		at += len(first)
	}
	for _, part := range parts[1:] {
		next := strings.Index(name[at:], part)
		if next < 0 {
			return false
		}
		at += next + len(part)
	}
	return last == "" || at == len(name) || name[at] == '.' || strings.HasSuffix(name, last)
}

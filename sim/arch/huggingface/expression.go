package huggingface

import (
	"strconv"
	"strings"
)

// Families are data. Small languages say where a family's files hold a size or a switch:
//
//	size:   factors between *; a factor is a whole number, or names of fields that say the same between |,
//	        and = with what it is where no such field is there (a number, or another field); /2 halves; a dot
//	        leads into a part: "n_shared_experts=0*moe_intermediate_size", "attn_config.kv_n_heads"
//	sum:    sizes between +
//	switch: "" never, "yes" always, or a field, "!" before one that says the opposite, and =yes where it is on
//	        unless it is there: "attention_bias", "use_bias=yes", "!no_bias=yes"

// size is what an expression of a size comes to.
func (c *config) size(expression string) int {
	product := 1
	for factor := range strings.SplitSeq(expression, "*") {
		n := c.factor(strings.TrimSpace(factor))
		if n > 0 && product > maxProduct/n {
			c.fail(strings.Split(factor, "|")[0], "is too large", "a model is smaller")
			return 0
		}
		product *= n
	}
	return product
}

// sum is what sizes with + between them come to.
func (c *config) sum(expression string) int {
	total := 0
	for term := range strings.SplitSeq(expression, "+") {
		total += c.size(strings.TrimSpace(term))
	}
	return total
}

// maxProduct is above any count of parameters, and keeps sums of a few within an int.
const maxProduct = 1 << 50

func (c *config) factor(text string) int {
	text, divisor, divided := strings.Cut(text, "/")
	if divided {
		n, _ := strconv.Atoi(divisor) // an expression is a family's own: no error is possible
		return c.factor(text) / max(1, n)
	}
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	names, absent, given := strings.Cut(text, "=")
	list := strings.Split(names, "|")
	for _, name := range list {
		if c.has(name) {
			return c.integer(name)
		}
	}
	if given {
		return c.factor(absent)
	}
	return c.integer(list[0]) // which is missing
}

// on tells whether a switch is.
func (c *config) on(expression string) bool {
	switch expression {
	case "":
		return false
	case "yes":
		return true
	}
	names, absent, _ := strings.Cut(expression, "=")
	names, opposite := strings.CutPrefix(names, "!")
	for _, name := range strings.Split(names, "|") {
		c.used[name] = true
		if c.has(name) {
			return c.boolean(name) != opposite
		}
	}
	return absent == "yes"
}

package huggingface

import (
	"encoding/json"
	"strings"
)

// written is the number, true or false that a script wrote as a string; any other value as it is.
func written(value any) any {
	const longest = 40 // digits of any size, and some blanks
	text, is := value.(string)
	if !is || len(text) > longest {
		return value
	}
	switch word := strings.ToLower(strings.TrimSpace(text)); {
	case word == "true", word == "false":
		return word == "true"
	case word != "" && word[0] >= '0' && word[0] <= '9' && json.Valid([]byte(word)):
		return json.Number(word)
	}
	return value
}

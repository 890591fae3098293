package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/jsonstream"
)

// maxYAML is the longest report in YAML that is read, in bytes: its tree takes 15 times as much memory.
const maxYAML = 8 << 20

// isYAML tells whether a file begins with a key of YAML, as reports of benchmarks do, after perhaps a mark of
// its begin and comments.
func isYAML(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, " \r\n")
		if len(line) == 0 || line[0] == '#' || string(line) == "---" {
			continue
		}
		key, _, found := bytes.Cut(line, []byte(":"))
		return found && len(key) > 0 && !bytes.ContainsAny(key, " \t{}[]\",")
	}
	return false
}

// fromYAML goes on with a document in YAML as if it stood there in JSON.
func (d *document) fromYAML() error {
	text, err := bounded.ReadAll(d.in, maxYAML)
	if err != nil {
		return fmt.Errorf("%w; let the benchmark write JSON", err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return errors.New(strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: "))
	}
	var whole bytes.Buffer
	if err := appendYAML(&whole, &root, 0); err != nil {
		return err
	}
	d.Scanner = jsonstream.New(&whole)
	return nil
}

// maxYAMLDepth is how deep values may stand in each other.
const maxYAMLDepth = 100

// appendYAML writes a node as JSON. What only refers to another is null, so that nothing grows.
func appendYAML(to *bytes.Buffer, n *yaml.Node, depth int) error {
	if depth == maxYAMLDepth {
		return fmt.Errorf("line %d: values stand in each other more than %d deep", n.Line, maxYAMLDepth)
	}
	between := func(i int) {
		if i > 0 {
			to.WriteByte(',')
		}
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return appendYAML(to, n.Content[0], depth)
	case yaml.SequenceNode:
		to.WriteByte('[')
		for i, element := range n.Content {
			between(i)
			if err := appendYAML(to, element, depth+1); err != nil {
				return err
			}
		}
		to.WriteByte(']')
	case yaml.MappingNode:
		to.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			between(i)
			writeText(to, n.Content[i].Value)
			to.WriteByte(':')
			if err := appendYAML(to, n.Content[i+1], depth+1); err != nil {
				return err
			}
		}
		to.WriteByte('}')
	case yaml.ScalarNode:
		appendScalar(to, n)
	default:
		to.WriteString("null")
	}
	return nil
}

// appendScalar writes a number as it stands, where JSON has it too, and others as text.
func appendScalar(to *bytes.Buffer, n *yaml.Node) {
	switch tag := n.ShortTag(); {
	case tag == "!!null":
		to.WriteString("null")
	case (tag == "!!int" || tag == "!!float" || tag == "!!bool") && json.Valid([]byte(n.Value)):
		to.WriteString(n.Value)
	default:
		writeText(to, n.Value)
	}
}

func writeText(to io.Writer, text string) {
	quoted, _ := json.Marshal(text) // a string has a form always
	_, _ = to.Write(quoted)         // into memory
}

package scenarios

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/workloads"
	"github.com/roofserve/roofserve/workloads/results"
)

// tracesReference is docs/reference/traces.md.
func tracesReference() string {
	var text strings.Builder
	fmt.Fprintf(&text, `# Traces and results

<!-- Written by %s. -->

What `+"`workload.trace`"+` and `+"`roofserve workload`"+` take. A file is recognised by its content, never by its name; it may be compressed
by gzip, zstd, bzip2 or zip, or be the only file of a tar archive, and a table may be parted by commas, tabs or semicolons, or be JSON objects, one a line or in one array. A table of another
kind is read with `+"`workload.columns`"+`.

## Traces

| format | what is taken | described in |
|---|---|---|
`, updateCommand)
	for _, f := range workloads.Formats() {
		fmt.Fprintf(&text, "| %s | %s | %s |\n", f.Name, f.About, f.Source)
	}
	text.WriteString(`
## Results of benchmarks, and spans

Requests are replayed when they were sent. Where a result does not say when, they arrive as the benchmark was told to send them, and
a note says so. A result that has means alone holds no requests to replay.

| format | what is taken | described in |
|---|---|---|
`)
	for _, f := range results.Formats() {
		fmt.Fprintf(&text, "| %s | %s | %s |\n", f.Name, f.About, f.Source)
	}
	return text.String()
}
